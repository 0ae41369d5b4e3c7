"""Trials on several processes, or on the machines of a Ray cluster."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from pleinair.cluster import LostWorkerError, Tasks
from pleinair.sweep import record
from pleinair.sweep.trial import LOST, TrialResult, TrialSpec, run_trial


def slots(cpus: float, gpus: float) -> int:
    """How many trials the cluster that this process has joined can run at once."""
    ray: Any = import_module("ray")  # an optional package, only in part with types
    there = ray.cluster_resources()
    most = there.get("CPU", 1) / cpus if cpus else there.get("GPU", 1) / max(gpus, 1e-9)
    if gpus:
        most = min(most, there.get("GPU", 0) / gpus)
    return max(1, int(most))


Files = dict[str, bytes]


def away(spec: TrialSpec) -> tuple[TrialResult, Files]:
    """Run a trial wherever this is; gives its result and the files of its record by name.

    The record travels with the result, so that workers need no folder in common with the sweep's.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result = run_trial(spec, folder)
        return result, {path.name: path.read_bytes() for path in folder.iterdir()}


def run_away(
    following: Callable[[], TrialSpec | None],
    out: Path,
    tasks: Tasks,
    at_once: int,
    cpus: float = 1,
    gpus: float = 0,
) -> Iterator[TrialResult]:
    """Run trials as ``tasks``, ``at_once`` at a time; records come to ``out`` as trials end."""

    def add() -> None:
        spec = following()
        if spec is not None:
            tasks.add(away, spec, cpus=cpus, gpus=gpus)

    for _ in range(at_once):
        add()
    for done in tasks:
        number = done.task.item.number
        if isinstance(done.error, LostWorkerError):
            yield TrialResult(number, LOST, str(done.error))
        elif done.error is not None:
            raise done.error
        else:
            result, files = done.result
            with record.recording(out, number) as folder:
                for name, content in files.items():
                    (folder / name).write_bytes(content)
            yield result
        add()
