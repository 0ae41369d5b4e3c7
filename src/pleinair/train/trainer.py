"""Training: one network learns to paint any photo like each of some paintings."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from lightning_fabric import Fabric
from pytorch_optimizer import SOAP
from rich.console import Console
from rich.progress import Progress, TaskID
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from pleinair.nets.caffe2go import Caffe2GoNet
from pleinair.nets.levers import Levers
from pleinair.nets.stylenet import StyleNet
from pleinair.train import checkpoint
from pleinair.train.config import TrainConfig
from pleinair.train.curve import CURVE, Curve, appended
from pleinair.train.data import Photos, Pixels, find_images, load_photos
from pleinair.train.drawn import drawings, scenes
from pleinair.train.loop import (
    interruptible,
    learning_rate,
    processes,
    progress_bars,
    raise_if_stopped,
    running_means,
)
from pleinair.train.objective import Objective
from pleinair.train.preview import paint_preview, preview_photos
from pleinair.train.start import Start, read_start
from pleinair.whole import whole

CHECKPOINT = "checkpoint.pt"
SETTINGS = "run.json"
DRAWN = 100
"""Pictures to draw where there are no photographs."""
PRECISIONS: dict[str, Literal["32-true", "bf16-mixed"]] = {
    "float32": "32-true",
    "bfloat16": "bf16-mixed",
}
# Settings that may change between the parts of one run: files may have moved meanwhile.
_FREE = frozenset(
    {"photos", "features", "previews", "threads", "checkpoint_every", "preview_every", "init"}
    | {"device", "devices"}
)


@dataclass(frozen=True)
class Result:
    """Where a run stands: steps done, seconds of training, and the last mean losses."""

    steps: int
    seconds: float
    losses: dict[str, float]


class Trainer:
    """One training run in a folder.

    There are ``run.json`` (its settings), ``curve.jsonl`` (losses), ``checkpoint.pt``,
    ``previews/`` and ``log/`` (TensorBoard).

    With ``resume`` it goes on from the folder's checkpoint, to the same weights, bit for bit, as
    a run that was never interrupted (same machine and number of threads). Without it a folder
    that already holds a checkpoint is refused with ``FileExistsError``.
    """

    def __init__(
        self,
        config: TrainConfig,
        out: Path,
        *,
        resume: bool = False,
        console: Console | None = None,
    ) -> None:
        self.config, self.out = config, out
        self.console = console or Console(stderr=True)
        if config.threads is not None:
            torch.set_num_threads(config.threads)
        saved = checkpoint.going_on(out / CHECKPOINT, config.to_dict(), _FREE, resume)
        devices, nodes = processes(config.devices, config.batch)
        self.fabric = Fabric(
            accelerator=config.device,
            devices=devices,
            num_nodes=nodes,
            precision=PRECISIONS[config.precision],
        )
        self.fabric.launch()
        if not self.fabric.is_global_zero:
            self.console = Console(quiet=True)
        self.objective = Objective(config, self.fabric.device)
        torch.manual_seed(config.seed)
        self.net = build(config.architecture, config.levers)
        self.start: dict[str, Any] | None = None
        if config.init is not None and saved is None:
            begin = read_start(config.init)
            weights = begin.weights_for(config, lambda painting: self._nearest(begin, painting))
            self.net.load_state_dict(weights)
            self.start = begin.record
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.paint, self.optimizer = self.fabric.setup(self.net, _optimizer(config, self.net))
        self.step, self.seconds = 0, 0.0
        self.recent: dict[str, float] = {}
        if saved is not None:
            self._restore(saved)

    def run(self) -> Result:
        """Train to ``config.steps``; Ctrl-C saves a checkpoint and raises KeyboardInterrupt."""
        config = self.config
        if self.step >= config.steps:
            return self._result()
        with progress_bars(self.console) as progress, interruptible() as interrupted:
            photos, shown = self._content(progress)
            task = progress.add_task(config.name, total=config.steps, completed=self.step, note="")
            with self._log() as log, self._curve() as curve:
                while self.step < config.steps and not self._agreed(interrupted.is_set()):
                    self._advance(photos, progress, task, log, curve)
                    if self._due(config.preview_every) and log is not None:
                        self._preview(shown, log)
                        progress.console.print(self._report())
                    if self._due(config.checkpoint_every):
                        self.save()
        self.save()
        raise_if_stopped(interrupted, self.step, config.steps, self.console)
        return self._result()

    def _content(self, progress: Progress) -> tuple[Photos, list[Pixels]]:
        """What to practise on, and what to show previews on: photographs, or drawn pictures."""
        config = self.config
        paths = find_images(config.photos)
        task = progress.add_task("photos" if paths else "drawing", total=len(paths), note="")

        def advance() -> None:
            progress.advance(task)

        if paths:
            images = load_photos(paths, config.size, advance)
        else:
            progress.update(task, total=DRAWN)
            images = drawings(DRAWN, 2 * config.size, config.seed, advance)
        shown = config.previews or paths[:4]
        return Photos(images, config.size, config.seed), preview_photos(shown or scenes())

    def _agreed(self, stop: bool) -> bool:
        """Whether any of the processes wants to stop: then all must, or some would wait forever."""
        if self.fabric.world_size == 1:
            return stop
        wishes = torch.tensor(float(stop), device=self.fabric.device)
        total = self.fabric.all_reduce(wishes, reduce_op="sum")
        assert isinstance(total, torch.Tensor)
        return total.item() > 0

    @contextmanager
    def _log(self) -> Iterator[SummaryWriter | None]:
        """TensorBoard's log, in the first process only."""
        if not self.fabric.is_global_zero:
            yield None
            return
        with SummaryWriter(str(self.out / "log"), purge_step=self.step + 1) as log:
            yield log

    @contextmanager
    def _curve(self) -> Iterator[Curve | None]:
        """The light log, and the settings beside it, in the first process only."""
        if not self.fabric.is_global_zero:
            yield None
            return
        with whole(self.out / SETTINGS) as partial:
            partial.write_text(json.dumps(self.config.to_dict(), indent=1) + "\n")
        with appended(self.out / CURVE, self.step) as curve:
            yield curve

    def _preview(self, shown: Sequence[Pixels], log: SummaryWriter) -> None:
        sheet = self.out / "previews" / f"step-{self.step:06d}.png"
        picture = paint_preview(self.net, len(self.config.paintings), shown, sheet)
        log.add_image("preview", picture, self.step, dataformats="HWC")

    def save(self) -> None:
        """Write the checkpoint, atomically; of several processes the first one does."""
        if self.fabric.is_global_zero:
            checkpoint.save(self.out / CHECKPOINT, self.state())

    def state(self) -> dict[str, Any]:
        """All that resuming and exporting need."""
        return {
            "config": self.config.to_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "losses": self.recent,
            "start": self.start,
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def _nearest(self, begin: Start, painting: int) -> int:
        """Which of the styles to begin with is nearest to a painting: by painting it with each."""
        net = StyleNet(begin.levers)
        net.load_state_dict(begin.weights)
        return self.objective.nearest(net.to(self.fabric.device), painting)

    def _restore(self, saved: dict[str, Any]) -> None:
        self.net.load_state_dict(saved["net"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step, self.seconds = saved["step"], saved["seconds"]
        self.recent = dict(saved["losses"])
        self.start = saved["start"]

    def _advance(
        self,
        photos: Photos,
        progress: Progress,
        task: TaskID,
        log: SummaryWriter | None,
        curve: Curve | None,
    ) -> None:
        began = time.perf_counter()
        found = self.train_step(photos.batch(self.step, self.config.batch))
        self.step += 1
        self.seconds += time.perf_counter() - began
        for name, value in found.items():
            if log is not None:
                log.add_scalar(f"loss/{name}", value, self.step)
        running_means(self.recent, found)
        if curve is not None:
            curve.add(self.step, self.seconds, found)
        progress.update(task, completed=self.step, note=f"loss {self.recent['total']:.3f}")

    def train_step(self, photos: Tensor) -> dict[str, float]:
        """One optimiser step on photos [batch, 3, size, size] in 0..1; gives the losses."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.config.learning_rate, self.step, self.config.steps)
        fabric = self.fabric
        mine = photos.chunk(fabric.world_size)[fabric.global_rank].to(fabric.device)
        mine = mine.contiguous(memory_format=torch.channels_last)
        with fabric.autocast():
            terms = self.objective(self.paint, mine, self.step, fabric.global_rank)
        total = torch.stack(list(terms.values())).sum()
        found = self._mean({"total": total, **terms})
        if not math.isfinite(found["total"]):
            raise FloatingPointError(
                f"loss is {found['total']} at step {self.step}: lower the rate"
            )
        self.optimizer.zero_grad(set_to_none=True)
        fabric.backward(total)
        fabric.clip_gradients(self.paint, self.optimizer, max_norm=10.0)
        self.optimizer.step()
        return found

    def _mean(self, terms: dict[str, Tensor]) -> dict[str, float]:
        """Losses of the whole batch: the mean of those that the processes have."""
        values = torch.stack([term.detach() for term in terms.values()])
        if self.fabric.world_size > 1:
            mean = self.fabric.all_reduce(values, reduce_op="mean")
            assert isinstance(mean, Tensor)
            values = mean
        return dict(zip(terms, values.tolist(), strict=True))

    def _due(self, every: int) -> bool:
        return self.step % every == 0 or self.step == self.config.steps

    def _report(self) -> str:
        values = "  ".join(f"{name} {value:.3f}" for name, value in self.recent.items())
        return f"step {self.step}  {self.seconds:.0f} s  {values}"

    def _result(self) -> Result:
        return Result(self.step, self.seconds, dict(self.recent))


def build(architecture: str, levers: Levers) -> StyleNet | Caffe2GoNet:
    """The untrained network of an architecture, as ``TrainConfig`` names it."""
    return Caffe2GoNet() if architecture == "caffe2go" else StyleNet(levers)


def _optimizer(config: TrainConfig, net: nn.Module) -> torch.optim.Optimizer:
    if config.optimizer == "adam":
        return torch.optim.Adam(net.parameters(), lr=config.learning_rate)
    return SOAP(net.parameters(), lr=config.learning_rate, weight_decay=0.0)
