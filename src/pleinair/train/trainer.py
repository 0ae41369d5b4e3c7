"""Training of one style: a network learns to paint any photo like one painting."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from pleinair.nets.stylenet import StyleNet
from pleinair.train import checkpoint, losses
from pleinair.train.config import TrainConfig
from pleinair.train.data import Photos, find_images, read_image, to_tensor
from pleinair.train.features import Features, load_features
from pleinair.train.preview import paint_preview, preview_photos

CHECKPOINT = "checkpoint.pt"
_WARM_UP = 20
_MARGIN = 16
_MOST_SHIFT = 4
# Settings that may change between the parts of one run: files may have moved meanwhile.
_FREE = frozenset(
    {"painting", "photos", "features", "previews", "threads", "checkpoint_every", "preview_every"}
    | {"init", "metadata"}
)


@dataclass(frozen=True)
class Result:
    """Where a run stands: steps done, seconds of training, and the last mean losses."""

    steps: int
    seconds: float
    losses: dict[str, float]


class Trainer:
    """One training run in a folder: ``checkpoint.pt``, ``previews/`` and ``log/`` (TensorBoard).

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
        saved = self._saved(resume)
        self.features = load_features(config.features)
        self.features.require((*config.style_layers, config.content_layer))
        self.goal = _painting_moments(self.features, config)
        torch.manual_seed(config.seed)
        self.net = StyleNet(config.levers)
        self.start: dict[str, Any] | None = None
        if config.init is not None and saved is None:
            begin = checkpoint.load(config.init)
            self.net.load_state_dict(begin["net"])
            self.start = training_record(begin)
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.features.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=config.learning_rate)
        self.step, self.seconds = 0, 0.0
        self.recent: dict[str, float] = {}
        if saved is not None:
            self._restore(saved)

    def run(self) -> Result:
        """Train to ``config.steps``; Ctrl-C saves a checkpoint and raises KeyboardInterrupt."""
        config = self.config
        if self.step >= config.steps:
            return self._result()
        with _progress(self.console) as progress, _interruptible() as interrupted:
            paths = find_images(config.photos)
            loading = progress.add_task("photos", total=len(paths), note="")
            photos = Photos(paths, config.size, config.seed, lambda: progress.advance(loading))
            shown = preview_photos(config.previews or paths[:4])
            task = progress.add_task(config.name, total=config.steps, completed=self.step, note="")
            with SummaryWriter(str(self.out / "log"), purge_step=self.step + 1) as log:
                while self.step < config.steps and not interrupted.is_set():
                    self._advance(photos, progress, task, log)
                    if self._due(config.preview_every):
                        sheet = self.out / "previews" / f"step-{self.step:06d}.png"
                        picture = paint_preview(self.net, shown, sheet)
                        log.add_image("preview", picture, self.step, dataformats="HWC")
                        progress.console.print(self._report())
                    if self._due(config.checkpoint_every):
                        self.save()
        self.save()
        if self.step < config.steps:
            self.console.print(f"stopped at step {self.step}; go on with resume")
            raise KeyboardInterrupt
        return self._result()

    def save(self) -> None:
        """Write the checkpoint, atomically."""
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

    def _saved(self, resume: bool) -> dict[str, Any] | None:
        path = self.out / CHECKPOINT
        if not resume:
            if path.exists():
                raise FileExistsError(f"{path} exists: resume it, or choose another folder")
            return None
        saved = checkpoint.load(path)
        then = saved["config"]
        for name, value in self.config.to_dict().items():
            was = then.get(name)
            if name not in _FREE and was != value:
                raise ValueError(f"cannot resume {path}: {name} was {was!r}, now {value!r}")
        return saved

    def _restore(self, saved: dict[str, Any]) -> None:
        self.net.load_state_dict(saved["net"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step, self.seconds = saved["step"], saved["seconds"]
        self.recent = dict(saved["losses"])
        self.start = saved["start"]

    def _advance(
        self, photos: Photos, progress: Progress, task: TaskID, log: SummaryWriter
    ) -> None:
        began = time.perf_counter()
        found = self.train_step(photos.batch(self.step, self.config.batch))
        self.step += 1
        self.seconds += time.perf_counter() - began
        for name, value in found.items():
            log.add_scalar(f"loss/{name}", value, self.step)
            self.recent[name] = 0.95 * self.recent.get(name, value) + 0.05 * value
        progress.update(task, completed=self.step, note=f"loss {self.recent['total']:.3f}")

    def train_step(self, photos: Tensor) -> dict[str, float]:
        """One optimiser step on photos [batch, 3, size, size] in 0..1; gives the losses."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.config, self.step)
        terms = self._losses(photos.contiguous(memory_format=torch.channels_last))
        total = torch.stack(list(terms.values())).sum()
        if not torch.isfinite(total):
            raise FloatingPointError(f"loss is {total.item()} at step {self.step}: lower the rate")
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(total)
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 10.0)
        self.optimizer.step()
        return {"total": total.item(), **{name: term.item() for name, term in terms.items()}}

    def _losses(self, photos: Tensor) -> dict[str, Tensor]:
        """The weighted losses by name. Randomness depends on the seed and the step alone."""
        c = self.config
        wanted = (*c.style_layers, c.content_layer)
        with torch.autocast("cpu", torch.bfloat16, enabled=c.precision == "bfloat16"):
            with torch.no_grad():
                content = self.features(photos, (c.content_layer,))[c.content_layer]
            painted = self.net(photos).float()
            found = self.features(painted, wanted)
            terms = {
                "style": c.style_weight
                * losses.style_loss({name: found[name] for name in c.style_layers}, self.goal),
                "content": c.content_weight * losses.content_loss(found[c.content_layer], content),
                "tone": c.tone_weight * losses.tone_loss(painted, photos),
                "variation": c.variation_weight * losses.total_variation(painted),
                "range": c.range_weight * losses.range_loss(painted),
            }
            if c.grid_weight and c.levers.scale > 1:
                terms["grid"] = c.grid_weight * losses.grid_loss(painted, c.levers.scale)
            if c.steadiness_weight:
                terms["steadiness"] = c.steadiness_weight * self._steadiness(photos, painted)
        return terms

    def _steadiness(self, photos: Tensor, painted: Tensor) -> Tensor:
        """How much the painting of half the photos boils when they move a little and get noise."""
        half = (photos.shape[0] + 1) // 2
        random = torch.Generator().manual_seed(self.config.seed * 1_000_003 + self.step)
        most = _MOST_SHIFT
        rows, columns = torch.randint(-most, most + 1, (2,), generator=random).tolist()
        strength = self.config.noise * torch.rand((), generator=random)
        moved = torch.roll(photos[:half], (rows, columns), (-2, -1))
        moved = moved + strength * torch.randn(moved.shape, generator=random)
        moved = moved.contiguous(memory_format=torch.channels_last)
        again = self.net(moved).float()
        return losses.steadiness_loss(painted[:half], again, (rows, columns), _MARGIN)

    def _due(self, every: int) -> bool:
        return self.step % every == 0 or self.step == self.config.steps

    def _report(self) -> str:
        values = "  ".join(f"{name} {value:.3f}" for name, value in self.recent.items())
        return f"step {self.step}  {self.seconds:.0f} s  {values}"

    def _result(self) -> Result:
        return Result(self.step, self.seconds, dict(self.recent))


def training_record(state: dict[str, Any]) -> dict[str, Any]:
    """What made a checkpoint, as JSON values: settings, steps, seconds, final mean losses.

    ``start`` is the same for the run whose weights it began with, or is missing.
    """
    record = {
        "config": TrainConfig.from_dict(state["config"]).record(),
        "steps": state["step"],
        "seconds": round(state["seconds"]),
        "losses": {name: round(value, 4) for name, value in state["losses"].items()},
    }
    return record if state["start"] is None else {**record, "start": state["start"]}


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up, then a cosine (Loshchilov & Hutter 2016, arXiv:1608.03983) to 1/100."""
    rise = min(1.0, (step + 1) / _WARM_UP)
    fall = 0.5 * (1 + math.cos(math.pi * step / config.steps))
    return config.learning_rate * rise * (0.01 + 0.99 * fall)


def _painting_moments(features: Features, config: TrainConfig) -> dict[str, losses.Moments]:
    painting = to_tensor([read_image(config.painting, longer=config.painting_size)])
    with torch.no_grad():
        found = features(painting, config.style_layers)
    return {name: losses.moments(found[name]) for name in config.style_layers}


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
    )


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """An event that Ctrl-C sets, so that the step under way is finished first."""
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
