"""How long painting takes."""

from __future__ import annotations

import time
from statistics import median

import numpy as np

from pleinair.evaluate.models import Paint


def milliseconds(paint: Paint, size: tuple[int, int], runs: int) -> float:
    """Median time of ``runs`` paintings of a picture of ``size`` = (width, height).

    One painting goes before, in which the engine makes its plan for this size.
    """
    width, height = size
    frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    paint(frame)
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        paint(frame)
        seconds.append(time.perf_counter() - start)
    return 1000 * median(seconds)
