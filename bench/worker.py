"""The process that runs one peer: orders come in as JSON lines, answers go out the same way.

A process of its own per peer keeps thread pools, allocators and memory figures apart. Orders:
`load` a model into a peer, `run` it, `save` the last output, and `prepare` a model for a peer.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import IO, Any

import numpy as np

from bench import peers

Message = dict[str, Any]
_PRIORITY = 60


def peak_memory() -> int:
    """The most bytes of memory this process has held at once."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel does not say VmHWM")


class Worker:
    """Carries out orders."""

    def __init__(self) -> None:
        self._run: peers.Run | None = None
        self._x: peers.Array = np.empty(0)
        self._y: peers.Array = np.empty(0)

    def prepare(self, peer: str, model: str, folder: str) -> Message:
        """Converts a model."""
        return {"model": str(peers.get(peer).prepare(Path(model), Path(folder)))}

    def load(self, peer: str, model: str, input: str, threads: int) -> Message:
        """Loads a peer, then a model; answers what both took."""
        self._x = np.load(input)
        interpreter = peak_memory()
        module = peers.get(peer)
        imported = peak_memory()
        began = time.perf_counter()
        self._run = module.load(Path(model), self._x.shape, threads)
        return {
            "seconds": time.perf_counter() - began,
            "version": module.version(),
            "interpreter_bytes": interpreter,
            "imported_bytes": imported,
        }

    def run(self, seconds: float) -> Message:
        """Runs again and again for some seconds, once at least.

        Answers the seconds of each run: the wall clock's, and the CPU time of all threads. The
        first run finds the caches full of other things; it counts only where it is the only one.
        """
        assert self._run is not None
        walls: list[float] = []
        cpus: list[float] = []
        while sum(walls) < seconds or not walls:
            wall, cpu = time.perf_counter(), time.process_time()
            self._y = self._run(self._x)
            cpus.append(time.process_time() - cpu)
            walls.append(time.perf_counter() - wall)
        first = min(1, len(walls) - 1)
        return {"wall": walls[first:], "cpu": cpus[first:], "peak_bytes": peak_memory()}

    def save(self, path: str) -> Message:
        """Writes the output of the last run."""
        np.save(path, self._y)
        return {}


def serve(orders: IO[str], answers: IO[str]) -> None:
    """Answers orders until there are no more."""
    worker = Worker()
    for line in orders:
        order = json.loads(line)
        try:
            answer = getattr(worker, order.pop("do"))(**order)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def main(realtime: bool) -> None:
    """Serves standard input, keeping standard output for answers: engines print there, too."""
    if realtime:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with contextlib.suppress(KeyboardInterrupt):
        serve(sys.stdin, answers)


if __name__ == "__main__":
    main("--realtime" in sys.argv)
