"""Plots of a sweep as SVG, in the board's style."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pleinair.evaluate.plot import (
    Point,
    Scale,
    across,
    axes,
    dot,
    drawing,
    frontier,
    line,
    text,
    upwards,
)

OTHER, ON_FRONT, PRESET, WINNER = 7, 0, 1, 2
"""Colours of the page: classes ``c0`` … ``c7`` of dots and ``s0`` … ``s7`` of lines."""
_WIDE = 3  # from here on a range is shown by its logarithm, or good trials would lie on one spot
_FAR = 0.75  # of the width, from where names stand to the left of their dots


@dataclass(frozen=True)
class Mark:
    """A trial in a plot: place, colour, and its name if that is to be shown."""

    x: float
    y: float
    colour: int
    name: str = ""


def cloud(marks: Sequence[Mark], x_label: str, y_label: str, limit: float | None = None) -> str:
    """Trials by two figures of which less is better; a line joins those that none beats.

    ``limit`` draws a line at the most that ``x`` may be.
    """
    xs, ys = [m.x for m in marks], [m.y for m in marks]
    x = _across([*xs, limit] if limit else xs)
    y = _scale(ys)
    parts = [*axes(x, y, x_label, y_label)]
    if limit:
        parts.append(line([(x(limit), y.start), (x(limit), y.end)], "one"))
    front = frontier([Point("", m.x, m.y) for m in marks])
    parts.append(line([(x(p.x), y(p.y)) for p in front], "front"))
    for mark in sorted(marks, key=lambda mark: bool(mark.name)):
        radius = 6 if mark.name else 4
        parts.append(dot(x(mark.x), y(mark.y), radius, mark.colour, _kind(mark)))
    parts += _names(marks, x, y)
    return drawing(f"{y_label} against {x_label}", parts)


def curves(runs: Sequence[tuple[Sequence[float], int, str]], x_label: str, y_label: str) -> str:
    """One line for each run: its values at steps 1, 2, …, its colour, and its name if any."""
    longest = max(len(values) for values, _, _ in runs)
    every = [value for values, _, _ in runs for value in values]
    x, y = across(0, longest), _scale(every)
    parts = [*axes(x, y, x_label, y_label)]
    for values, colour, name in sorted(runs, key=lambda run: bool(run[2])):
        points = [(x(step), y(value)) for step, value in enumerate(values, 1)]
        kind = f"run s{colour}{'' if name else ' faint'}"
        parts.append(line(points, kind))
    ends = [Mark(len(values), values[-1], colour, name) for values, colour, name in runs if name]
    parts += _names(ends, x, y)
    return drawing(f"{y_label} by {x_label}", parts)


def history(marks: Sequence[Mark], x_label: str, y_label: str) -> str:
    """Trials in their order, and the best so far as a line."""
    x = across(-1, max(m.x for m in marks) + 1)
    y = _scale([m.y for m in marks])
    best = math.inf
    points: list[tuple[float, float]] = []
    for mark in marks:
        if mark.y < best:
            points += [(x(mark.x), y(best))] if points else []
            best = mark.y
            points.append((x(mark.x), y(best)))
    points.append((x.end, y(best)))
    parts = [*axes(x, y, x_label, y_label), line(points, "front")]
    parts += [dot(x(m.x), y(m.y), 6 if m.name else 4, m.colour, _kind(m)) for m in marks]
    parts += _names(marks, x, y)
    return drawing(f"{y_label} by {x_label}", parts)


def _kind(mark: Mark) -> str:
    return "" if mark.name or mark.colour == ON_FRONT else "faint"


def _scale(values: Sequence[float]) -> Scale:
    low, high = min(values), max(values)
    if low > 0 and high > _WIDE * low:
        return replace(upwards(0.85 * low, 1.2 * high), log=True)
    room = 0.08 * (high - low) or 0.1
    return upwards(low - room, high + room)


def _across(values: Sequence[float]) -> Scale:
    low, high = 0.85 * min(values), 1.15 * max(values)
    return across(low, high, log=low > 0 and high > _WIDE * low)


def _names(marks: Sequence[Mark], x: Scale, y: Scale) -> Iterator[str]:
    """Names beside their dots, one below the other where they would meet."""
    placed: list[tuple[float, float]] = []
    for mark in sorted((m for m in marks if m.name), key=lambda m: y(m.y)):
        left = x(mark.x) > _FAR * x.end
        at = y(mark.y) + 4
        while any(abs(at - other) < 15 and abs(x(mark.x) - near) < 150 for near, other in placed):
            at += 1
        placed.append((x(mark.x), at))
        anchor, shift = ("end", -10) if left else ("start", 10)
        yield text(x(mark.x) + shift, at, mark.name, anchor, "name")
