"""The command `bench`: how long a model takes, and where the time goes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from statistics import median
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from pleinair.cli.models import fixed_shape, open_model
from pleinair.cli.options import Model, PlanSize, Size, Threads
from pleinair.engine import Session, Step, ValueInfo, peak
from pleinair.styles import find


def bench(
    model: Model,
    size: PlanSize = None,
    threads: Threads = None,
    runs: Annotated[int, typer.Option(min=1, help="Runs to take the median of.")] = 20,
    profile: Annotated[
        bool, typer.Option("--profile", help="Show where the time goes, step by step.")
    ] = False,
) -> None:
    """Time a model on random input."""
    session = open_model(find(model), threads=threads, profile=profile)
    shapes = {value.name: fixed_shape(value, size or Size(1280, 720)) for value in session.inputs}
    feed = {value.name: _noise(value, shapes[value.name]) for value in session.inputs}
    seconds, steps = _measure(session, feed, runs)
    middle = median(seconds)
    print(
        f"{middle * 1e3:.2f} ms, {1 / middle:.1f} runs a second: median of {runs}, "
        f"{min(seconds) * 1e3:.2f} to {max(seconds) * 1e3:.2f}; threads: {session.threads}"
    )
    if profile:
        Console(markup=False, highlight=False).print(_profile(steps, session.threads))


def _noise(value: ValueInfo, shape: tuple[int, ...]) -> NDArray[np.generic]:
    random = np.random.default_rng(0)
    if value.dtype == np.uint8:
        return random.integers(0, 256, shape, dtype=np.uint8)
    return random.random(shape, dtype=np.float32).astype(value.dtype)


def _measure(
    session: Session, feed: Mapping[str, NDArray[np.generic]], runs: int
) -> tuple[list[float], list[Step]]:
    """Seconds of each run, and the steps with the median of their seconds."""
    shapes = {name: array.shape for name, array in feed.items()}
    session.run(feed)
    seconds, plans = [], []
    for _ in range(runs):
        start = time.perf_counter()
        session.run(feed)
        seconds.append(time.perf_counter() - start)
        plans.append(session.plan(shapes).steps)
    steps = [
        Step(s[0].name, s[0].kind, s[0].description, s[0].macs, s[0].bytes, _middle(s))
        for s in zip(*plans, strict=True)
    ]
    return seconds, steps


def _middle(steps: tuple[Step, ...]) -> float:
    return median(step.seconds for step in steps)


def _profile(steps: list[Step], threads: int) -> Table:
    most = 2 * peak() * threads
    table = Table(box=None, pad_edge=False)
    for column in ("step", "kind"):
        table.add_column(column)
    for column in ("ms", "GFLOP/s", "% of peak", "GB/s"):
        table.add_column(column, justify="right")
    table.add_column("what it does", overflow="fold")
    for step in steps:
        rate = 2 * step.macs / step.seconds if step.seconds else 0.0
        moved = step.bytes / step.seconds if step.seconds else 0.0
        figures = (rate / 1e9, 100 * rate / most, moved / 1e9)
        table.add_row(
            step.name,
            step.kind,
            f"{step.seconds * 1e3:.2f}",
            *(f"{figure:.1f}" for figure in figures),
            step.description,
        )
    total = sum(step.seconds for step in steps)
    table.add_row("all", "", f"{total * 1e3:.2f}")
    table.caption = f"peak: {most / 1e9:.0f} GFLOP/s with {threads} threads, multiply-adds alone"
    return table
