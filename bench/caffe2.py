"""`python -m bench.caffe2 FOLDER`: Facebook's networks of 2017, our engine beside ONNX Runtime.

FOLDER holds `*_init_net.pb` and `predict_net.pb`. Both run the same imported file, in turns in one
process; times are medians.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from pleinair.convert import import_caffe2, predict_beside
from pleinair.engine import Session

_SIZES = ((640, 480), (1280, 720))
_ROUNDS = 15


def milliseconds(runs: list[Callable[[], Any]]) -> list[float]:
    """Median time of each, after a run that warms up."""
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(_ROUNDS + 1):
        for run, taken in zip(runs, times, strict=True):
            start = time.perf_counter()
            run()
            taken.append(1000 * (time.perf_counter() - start))
    return [statistics.median(taken[1:]) for taken in times]


def compare(model: bytes, size: tuple[int, int], threads: int) -> list[float]:
    """Milliseconds of ours and of ONNX Runtime on noise of this width and height."""
    shape = (1, size[1], size[0], 3)
    feed = {"image": np.random.default_rng(0).integers(0, 256, shape, np.uint8)}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    peer = onnxruntime.InferenceSession(model, options)
    session = Session(model, threads=threads)
    return milliseconds([lambda: session.run(feed), lambda: peer.run(None, feed)])


def main(folder: Path) -> None:
    """Print a table."""
    print("| network | size | threads | pleinair | ONNX Runtime | times as fast |")
    print("|---|---|---|---|---|---|")
    for init in sorted(folder.glob("*_init_net.pb")):
        model = import_caffe2(init, predict_beside(init)).SerializeToString()
        for size in _SIZES:
            for threads in (1, 2):
                ours, theirs = compare(model, size, threads)
                name = init.name.removesuffix("_init_net.pb")
                figures = f"{ours:.1f} ms | {theirs:.1f} ms | {theirs / ours:.2f}"
                print(f"| {name} | {size[0]} × {size[1]} | {threads} | {figures} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
