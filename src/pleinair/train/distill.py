"""Distillation: small perceptual features learn to see as VGG-19 does.

Distilling the activations of hidden layers through linear maps is FitNets (Romero et al. 2015,
arXiv:1412.6550); asking that distances between pictures agree is relational knowledge
distillation (Park et al. 2019, arXiv:1904.05068), here with the distances of the style loss.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from rich.console import Console
from rich.progress import Progress
from safetensors.torch import save_file
from torch import Tensor, nn

from pleinair.train import checkpoint, losses
from pleinair.train.curve import CURVE, appended
from pleinair.train.data import Photos, find_images, load_photos
from pleinair.train.distill_config import DistillConfig
from pleinair.train.drawn import drawings
from pleinair.train.features import Features, load_features
from pleinair.train.likeness import Heads, Seen, likeness, log_distances
from pleinair.train.loop import (
    interruptible,
    learning_rate,
    progress_bars,
    raise_if_stopped,
    running_means,
)
from pleinair.train.practice import Practice
from pleinair.train.trainer import CHECKPOINT, PRECISIONS
from pleinair.whole import whole

FILE = "features.safetensors"
# Settings that may change between the parts of one run: files may have moved meanwhile.
_FREE = frozenset(
    {"photos", "paintings", "held_out", "teacher", "painter"}
    | {"device", "threads", "checkpoint_every"}
)
_ENTRY_MEAN, _ENTRY_STD = 0.45, 0.25
_AS_OFTEN = 10  # a painting, as a photograph
_SEEN_FIRST = 8
_HELD_OUT = 48
_LONGEST = 2.0  # of a gradient


@dataclass(frozen=True)
class Distilled:
    """What a distillation made: the file, its bytes, steps, seconds, and how well it sees."""

    file: Path
    size_bytes: int
    steps: int
    seconds: float
    seen: dict[str, Seen]


def distil(
    config: DistillConfig,
    out: Path,
    *,
    resume: bool = False,
    console: Console | None = None,
) -> Distilled:
    """Distil features in the folder ``out`` and write ``features.safetensors`` there.

    Ctrl-C saves and raises ``KeyboardInterrupt``; ``resume`` then goes on. Raises ``ValueError``
    or ``OSError`` with one clear message for settings and files that cannot be used.
    """
    return Distiller(config, out, resume=resume, console=console).run()


class Distiller:
    """One distillation in a folder: ``checkpoint.pt``, ``curve.jsonl``, ``features.safetensors``.

    Stops, saves and resumes as the trainer does, to the same weights, bit for bit.
    """

    def __init__(
        self,
        config: DistillConfig,
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
        precision = PRECISIONS[config.precision]
        self.fabric = Fabric(accelerator=config.device, devices=1, precision=precision)
        device = self.fabric.device
        self.teacher = _on(load_features(config.teacher), device)
        self.teacher.require(config.taps)
        torch.manual_seed(config.seed)
        self.student = _on(untrained(config.widths), device)
        # Of small crops most of a deep layer has seen the border: both see the same beyond it.
        self.teacher.pad = self.student.pad
        self.heads = Heads(self.student, self.teacher, config.taps).to(device)
        self.learnt = [
            values.requires_grad_()
            for name, values in self.student.named_buffers()
            if not name.endswith("entry")
        ]
        self.all = [*self.learnt, *self.heads.parameters()]
        self.optimizer = torch.optim.Adam(self.all, lr=config.learning_rate)
        self.step, self.seconds = 0, 0.0
        self.recent: dict[str, float] = {}
        if saved is not None:
            self._restore(saved)

    def run(self) -> Distilled:
        """Distil to ``config.steps`` and write the file; Ctrl-C saves and raises."""
        config = self.config
        with progress_bars(self.console) as progress, interruptible() as interrupted:
            practice = self._practice(progress)
            if self.step == 0:
                self._learn_units(practice)
            task = progress.add_task("features", total=config.steps, completed=self.step, note="")
            with appended(self.out / CURVE, self.step) as curve:
                while self.step < config.steps and not interrupted.is_set():
                    curve.add(self.step + 1, self.seconds, self._advance(practice))
                    note = f"loss {self.recent['total']:.3f}"
                    progress.update(task, completed=self.step, note=note)
                    if self.step % config.checkpoint_every == 0:
                        self.save()
                        progress.console.print(self._report())
        self.save()
        raise_if_stopped(interrupted, self.step, config.steps, self.console)
        seen = self.measure()
        path = self.out / FILE
        self._write(path, seen)
        return Distilled(path, path.stat().st_size, self.step, self.seconds, seen)

    def save(self) -> None:
        """Write the checkpoint, atomically."""
        state = {
            "config": self.config.to_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "losses": self.recent,
            "learnt": self.learnt,
            "heads": self.heads.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        checkpoint.save(self.out / CHECKPOINT, state)

    def measure(self) -> dict[str, Seen]:
        """How well each layer sees, on pictures that were not trained on."""
        size, seed = 2 * self.config.size, self.config.seed
        count = min(_HELD_OUT, self.config.drawn)
        if self.config.held_out:
            images = load_photos(find_images(self.config.held_out), self.config.size)
        else:
            images = drawings(count, size, seed + 1)
        pictures = Photos(images, size, seed).batch(0, count).to(self.fabric.device)
        return likeness(self.student, self.teacher, self.heads, pictures)

    def _practice(self, progress: Progress) -> Practice:
        config = self.config
        files = find_images(config.photos) + _AS_OFTEN * find_images(config.paintings)
        task = progress.add_task("pictures", total=len(files) + config.drawn, note="")

        def advance() -> None:
            progress.advance(task)

        images = load_photos(files, config.size, advance)
        images += drawings(config.drawn, 2 * config.size, config.seed, advance)
        photos = Photos(images, config.size, config.seed)
        return Practice(photos, config.painter, config.seed, self.fabric.device)

    def _learn_units(self, practice: Practice) -> None:
        batches = (practice.batch(step, self.config.batch) for step in range(_SEEN_FIRST))
        with torch.no_grad():
            self.heads.learn_units(self.teacher(pictures, self.config.taps) for pictures in batches)

    def _advance(self, practice: Practice) -> dict[str, float]:
        """One step; gives its losses."""
        config, began = self.config, time.perf_counter()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(config.learning_rate, self.step, config.steps)
        with self.fabric.autocast():
            terms = self._terms(practice.batch(self.step, config.batch))
        total = torch.stack(list(terms.values())).sum()
        if not torch.isfinite(total):
            raise FloatingPointError(f"loss is {total.item()} at step {self.step}: lower the rate")
        self.optimizer.zero_grad(set_to_none=True)
        self.fabric.backward(total)
        nn.utils.clip_grad_norm_(self.all, _LONGEST)
        self.optimizer.step()
        self.step += 1
        self.seconds += time.perf_counter() - began
        found = {"total": total.item(), **{name: term.item() for name, term in terms.items()}}
        running_means(self.recent, found)
        return found

    def _terms(self, pictures: Tensor) -> dict[str, Tensor]:
        """What is unexplained of each layer, together 1 at first, and how far distances differ."""
        taps = self.config.taps
        with torch.no_grad():
            goal = self.teacher(pictures, taps)
        found = self.student(pictures, taps)
        terms, apart = {}, []
        for tap in taps:
            terms[tap] = self.heads.unexplained(tap, found[tap], goal[tap]) / len(taps)
            ours, theirs = (log_distances(losses.moments(seen[tap])) for seen in (found, goal))
            apart.append((ours - theirs).square().mean())
        return {**terms, "relation": self.config.relation_weight * torch.stack(apart).mean()}

    def _restore(self, saved: dict[str, Any]) -> None:
        with torch.no_grad():
            for mine, values in zip(self.learnt, saved["learnt"], strict=True):
                mine.copy_(values)
        self.heads.load_state_dict(saved["heads"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step, self.seconds = saved["step"], saved["seconds"]
        self.recent = dict(saved["losses"])

    def _report(self) -> str:
        values = "  ".join(f"{name} {value:.3f}" for name, value in self.recent.items())
        return f"step {self.step}  {self.seconds:.0f} s  {values}"

    def _write(self, path: Path, seen: Mapping[str, Seen]) -> None:
        """The features in float16, in the layout that ``load_features`` reads."""
        state = {
            f"conv{'0' if name == 'entry' else name}.{part}": values.detach().half().contiguous()
            for name in ("entry", *self.student.names)
            for part, values in zip(("weight", "bias"), self.student.conv(name), strict=True)
        }
        record = {
            "config": self.config.record(),
            "steps": self.step,
            "seconds": round(self.seconds),
            "seen": {
                tap: {name: round(value, 3) for name, value in asdict(figures).items()}
                for tap, figures in seen.items()
            },
        }
        facts = {"padding": self.student.pad, "pleinair.features": json.dumps(record)}
        with whole(path) as partial:
            save_file({name: values.cpu() for name, values in state.items()}, partial, facts)


def untrained(widths: tuple[tuple[str, int], ...]) -> Features:
    """Features with random weights (He et al. 2015, arXiv:1502.01852), zeros outside pictures."""
    weight = torch.eye(3).reshape(3, 3, 1, 1) / _ENTRY_STD
    entry = weight, torch.full((3,), -_ENTRY_MEAN / _ENTRY_STD)
    convs, channels = {}, 3
    for name, width in widths:
        weight = torch.empty(width, channels, 3, 3)
        nn.init.kaiming_normal_(weight)
        convs[name] = weight, torch.zeros(width)
        channels = width
    return Features(entry, convs, pad="zero")


def _on(features: Features, device: torch.device) -> Features:
    features.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return features
