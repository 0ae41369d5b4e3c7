"""Our own engine."""

from __future__ import annotations

from pathlib import Path

from bench.peers import Array, Run
from pleinair.engine import Session
from pleinair.engine.library import library


def version() -> str:
    return str(library().pl_version().decode())


def prepare(model: Path, folder: Path) -> Path:  # noqa: ARG001
    return model


def load(model: Path, shape: tuple[int, ...], threads: int) -> Run:
    session = Session(model, threads=threads)
    source, target = session.inputs[0].name, session.outputs[0].name
    session.plan({source: shape})  # otherwise the first run would plan

    def run(x: Array) -> Array:
        return session.run({source: x})[target]

    return run
