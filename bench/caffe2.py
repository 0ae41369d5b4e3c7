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


def main(folder: Path) -> None:
    """Print a table."""
    print("| network | size | threads | pleinair | ONNX Runtime | times as fast |")
    print("|---|---|---|---|---|---|")
    for init in sorted(folder.glob("*_init_net.pb")):
        model = import_caffe2(init, predict_beside(init)).SerializeToString()
        for width, height in _SIZES:
            shape = (1, height, width, 3)
            feed = {"image": np.random.default_rng(0).integers(0, 256, shape, np.uint8)}
            for threads in (1, 2):
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = threads
                peer = onnxruntime.InferenceSession(model, options)
                session = Session(model, threads=threads)
                runs: list[Callable[[], Any]] = [
                    lambda session=session, feed=feed: session.run(feed),  # type: ignore[misc]
                    lambda peer=peer, feed=feed: peer.run(None, feed),  # type: ignore[misc]
                ]
                ours, theirs = milliseconds(runs)
                name = init.name.removesuffix("_init_net.pb")
                figures = f"{ours:.1f} ms | {theirs:.1f} ms | {theirs / ours:.2f}"
                print(f"| {name} | {width} × {height} | {threads} | {figures} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
