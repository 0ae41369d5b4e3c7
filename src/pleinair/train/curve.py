"""The losses of a run as it goes: a line of JSON for every step, there to be read at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from pleinair.whole import whole

CURVE = "curve.jsonl"


class Curve:
    """Appends ``{"step": 1, "seconds": 0.4, "total": 52.1, …}`` to a file, a line for each step.

    ``seconds`` are those of training so far, without breaks; the others are losses, weights
    included, of this step alone.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def add(self, step: int, seconds: float, losses: Mapping[str, float]) -> None:
        """Write the losses of ``step``; whoever reads the file sees them."""
        shown = {name: float(f"{value:.6g}") for name, value in losses.items()}
        self._file.write(json.dumps({"step": step, "seconds": round(seconds, 3), **shown}) + "\n")
        self._file.flush()


@contextmanager
def appended(path: Path, step: int) -> Iterator[Curve]:
    """The curve at ``path``, to go on after ``step``: later steps are done again, and cut off."""
    kept = [point for point in read_curve(path) if point["step"] <= step]
    with whole(path) as partial:
        partial.write_text("".join(json.dumps(point) + "\n" for point in kept))
    with path.open("a") as file:
        yield Curve(file)


def read_curve(path: Path) -> list[dict[str, Any]]:
    """The points of a curve in order; none where there is no file. A torn last line is left out."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return []
    points = []
    for line in lines:
        try:
            points.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return points
