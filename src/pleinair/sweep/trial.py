"""One trial: train a network, judge it, write its record. Works here or on a worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rich.console import Console

from pleinair.nets.cost import count_parameters, kmac_per_pixel
from pleinair.sweep import record
from pleinair.sweep.latency import Latency
from pleinair.sweep.quality import Jury, Material, Quality, jury, painters
from pleinair.train.config import TrainConfig
from pleinair.train.curve import CURVE, Curve, appended
from pleinair.train.data import Photos, load_photos
from pleinair.train.export import style_model
from pleinair.train.preview import paint_preview, preview_photos
from pleinair.train.run import export_state
from pleinair.train.trainer import Trainer

COMPLETE, STOPPED, FAILED, LOST = "complete", "stopped", "failed", "lost"
_SHOWN = 4  # photos of the sample picture


@dataclass(frozen=True)
class TrialSpec:
    """All that a trial depends on; can be pickled.

    Attributes:
        number: of the trial in its study.
        params: what was chosen for it.
        train: the training that ``params`` stand for.
        photos: files to train on.
        material: what it is judged by.
        latency: of its network, known before.
        rungs: steps at which it is looked at, and the worst score there with which it goes on.
        preset: name of the preset that it is, if it is one.
        retry_of: number of the trial that it repeats, whose process had died.
    """

    number: int
    params: dict[str, Any]
    train: TrainConfig
    photos: tuple[Path, ...]
    material: Material
    latency: Latency
    rungs: tuple[tuple[int, float | None], ...] = ()
    preset: str | None = None
    retry_of: int | None = None


@dataclass(frozen=True)
class TrialResult:
    """How a trial ended: ``complete`` with its values, or otherwise with a reason.

    It was ``stopped`` early, it ``failed`` by an error, or it was ``lost`` with its worker and has
    no record.
    """

    number: int
    state: str
    why: str = ""
    values: tuple[float, float, float] | None = None

    @classmethod
    def of(cls, found: dict[str, Any]) -> TrialResult:
        """The result that a record holds."""
        values = tuple(found["values"]) if found["values"] else None
        return cls(found["number"], found["state"], found["why"], values)


def run_trial(
    spec: TrialSpec, folder: Path, step: Callable[[int], object] = lambda _: None
) -> TrialResult:
    """Train the network of ``spec``, judge it, and write its record into ``folder``.

    The same ``spec`` gives the same weights on the same machine with the same number of threads.
    ``step`` is called with the number of steps done. What goes wrong within the training is a
    result, too.
    """
    found: dict[str, Any] = {
        "number": spec.number,
        "state": COMPLETE,
        "why": "",
        "values": None,
        "preset": spec.preset,
        "retry_of": spec.retry_of,
        "params": spec.params,
        "config": spec.train.to_dict(),
        "seed": spec.train.seed,
        "photos": [str(path) for path in spec.photos],
        "judged": [str(path) for path in spec.material.photos],
        "latency": spec.latency.to_dict(),
        "rungs": [],
        "versions": record.versions(),
        "started": _now(),
    }
    try:
        _run(spec, folder, found, step)
    except (ArithmeticError, ValueError, RuntimeError, OSError) as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())
        found |= {"state": FAILED, "why": why, "values": None}
    record.write_json(folder / record.TRIAL, {**found, "ended": _now()})
    return TrialResult.of(found)


def _run(
    spec: TrialSpec, folder: Path, found: dict[str, Any], step: Callable[[int], object]
) -> None:
    judges = jury(spec.material)
    trainer = Trainer(spec.train, folder, console=Console(quiet=True))
    photos = _crops(spec.photos, spec.train.size, spec.train.seed)
    bars = dict(spec.rungs)
    with appended(folder / CURVE, 0) as curve:
        while trainer.step < spec.train.steps:
            _step(trainer, photos, curve)
            step(trainer.step)
            if trainer.step in bars:
                score = _quality(trainer, judges).score
                bar = bars[trainer.step]
                found["rungs"].append({"step": trainer.step, "score": score, "bar": bar})
                if bar is not None and score > bar:
                    why = f"at step {trainer.step} its score was {score:.3f}, the bar {bar:.3f}"
                    found |= {"state": STOPPED, "why": why}
                    break
    found |= {"steps": trainer.step, "seconds": round(trainer.seconds, 2)}
    _judge(spec, folder, found, trainer, judges)


def _step(trainer: Trainer, photos: Photos, curve: Curve) -> None:
    """One step of the training, and its line in the curve."""
    began = time.perf_counter()
    losses = trainer.train_step(photos.batch(trainer.step, trainer.config.batch))
    trainer.step += 1
    trainer.seconds += time.perf_counter() - began
    trainer.recent = losses
    curve.add(trainer.step, trainer.seconds, losses)


def _quality(trainer: Trainer, judges: Jury) -> Quality:
    """Of the network as it stands, painted by the engine."""
    trainer.net.eval()
    model = style_model(trainer.net, trainer.config.name, {}).SerializeToString()
    trainer.net.train()
    return judges.quality(painters(model, len(trainer.config.paintings)))


def _judge(
    spec: TrialSpec, folder: Path, found: dict[str, Any], trainer: Trainer, judges: Jury
) -> None:
    """Export the network, paint the sample, and measure."""
    model = folder / record.MODEL
    size = export_state(trainer.state(), model)
    styles = len(spec.train.paintings)
    shown = preview_photos(spec.material.photos[:_SHOWN])
    paint_preview(trainer.net, styles, shown, folder / record.SAMPLE)
    found["cost"] = {
        "parameters": count_parameters(trainer.net),
        "kmac_per_pixel": round(kmac_per_pixel(trainer.net), 4),
        "bytes": size,
    }
    if found["state"] == STOPPED:
        return
    paints = painters(model.read_bytes(), styles)
    quality, unrest = judges.quality(paints), judges.unrest(paints)
    name = {"judge": judges.judge.name, "held_out": judges.held_out}
    found["quality"] = {**name, **quality.to_dict()}
    found["unrest"] = unrest
    found["values"] = [quality.score, unrest["mean"], spec.latency.ms]


@lru_cache(maxsize=4)
def _crops(paths: Sequence[Path], size: int, seed: int) -> Photos:
    """The photographs, read once for all trials of a process."""
    return Photos(load_photos(paths, size), size, seed)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
