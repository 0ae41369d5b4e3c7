"""Our own engine."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from pathlib import Path

from bench.peers import Array, Run
from pleinair.engine import Session


def version() -> str:
    try:
        return package_version("pleinair")
    except PackageNotFoundError:  # run from its sources
        return "development"


def prepare(model: Path, folder: Path) -> Path:  # noqa: ARG001
    return model


def load(model: Path, shape: tuple[int, ...], threads: int) -> Run:
    session = Session(model, threads=threads)
    source, target = session.inputs[0].name, session.outputs[0].name
    session.plan({source: shape})  # otherwise the first run would plan

    def run(x: Array) -> Array:
        return session.run({source: x})[target]

    return run
