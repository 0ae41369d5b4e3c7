"""How long a network takes for a frame, known before it is trained: weights do not matter."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pleinair.engine import Session
from pleinair.evaluate.machine import processor
from pleinair.nets.levers import Levers
from pleinair.nets.stylenet import StyleNet
from pleinair.sweep.config import HERE
from pleinair.sweep.devices import WORST, estimate, find_phone
from pleinair.train.export import style_model

RUNS = 11
_FAR = 1.4  # times the limit: too slow beyond doubt, though told by a few runs of a small frame
_FEW, _MANY = 3, 20  # how many: other work on the machine lengthens some of them, and shortens none
_SMALL = 4  # by what its sides are divided


@dataclass(frozen=True)
class Latency:
    """Milliseconds of a frame, and where.

    ``ms`` is what counts: the lower quartile of what was measured, as other work on the machine
    lengthens runs and shortens none, or, where ``estimated``, the cautious end of the estimate;
    ``least`` the best run, or the estimate itself.
    """

    ms: float
    least: float
    device: str
    threads: int
    size: tuple[int, int]
    estimated: bool

    @property
    def fps(self) -> float:
        """Frames a second."""
        return 1000 / self.ms

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "size": list(self.size), "fps": self.fps}


def untrained(levers: Levers) -> bytes:
    """The model file of a network with random weights."""
    torch.manual_seed(0)
    return bytes(style_model(StyleNet(levers), "untrained", {}).SerializeToString())


def latency(
    model: bytes | Path,
    size: tuple[int, int],
    device: str,
    threads: int,
    limit: float = math.inf,
) -> Latency:
    """The time of a frame of ``size`` = (width, height): measured here, or estimated elsewhere.

    One that is slower than ``limit`` milliseconds beyond doubt is measured on a small frame only,
    and its time told by the number of pixels.
    """
    session = Session(model, threads=threads)
    if device != HERE:
        phone = find_phone(device)
        shapes = {name: array.shape for name, array in _feed(session, size).items()}
        ms = 1000 * estimate(session.plan(shapes).steps, phone, threads)
        return Latency(WORST * ms, ms, phone.name, threads, size, True)
    small = size[0] // _SMALL, size[1] // _SMALL
    pixels = size[0] * size[1] / (small[0] * small[1])
    for runs in (_FEW, _MANY):
        seconds = [pixels * each for each in _run(session, small, threads, runs)]
        if 1000 * min(seconds) <= _FAR * limit:
            seconds = _run(session, size, threads, RUNS)
            break
    ms, least = 1000 * quantiles(seconds)[0], 1000 * min(seconds)
    return Latency(ms, least, processor(), threads, size, False)


def _run(session: Session, size: tuple[int, int], threads: int, runs: int) -> list[float]:
    """Seconds of each of some runs, after one that does not count."""
    # The time of one thread is that of the processor, so that other work does not lengthen it.
    clock = time.thread_time if threads == 1 else time.perf_counter
    feed = _feed(session, size)
    session.run(feed)
    seconds = []
    for _ in range(runs):
        start = clock()
        session.run(feed)
        seconds.append(clock() - start)
    return seconds


def _feed(session: Session, size: tuple[int, int]) -> dict[str, NDArray[Any]]:
    """Noise for the picture, and ones for all else."""
    width, height = size
    image, *others = session.inputs
    noise = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), dtype=np.uint8)
    ones = {
        value.name: np.ones(
            [d if isinstance(d, int) else 1 for d in value.shape or ()], value.dtype
        )
        for value in others
    }
    return {image.name: noise, **ones}
