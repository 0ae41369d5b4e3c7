"""Plots of quality against cost, as SVG that follows the page's colours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from statistics import fmean

WIDTH, HEIGHT = 620, 400
COLOURS = 8
"""Colours that the page has for models."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 16, 48
_LINE = 15  # pixels between the middles of two labels


@dataclass(frozen=True)
class Point:
    """One painting by one model: cost ``x`` (above 0) and loss ``y``, of both less is better."""

    model: str
    x: float
    y: float


@dataclass(frozen=True)
class Scale:
    """From values between ``low`` and ``high`` to pixels between ``start`` and ``end``."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Where ``value`` lies."""
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(value)
        return self.start + (self.end - self.start) * (at - low) / (high - low)

    @property
    def ticks(self) -> list[float]:
        """Round values to name on an axis."""
        return (_decades if self.log else _steps)(self.low, self.high)


def across(low: float, high: float, *, log: bool = False) -> Scale:
    """A scale over the whole width of a plot."""
    return Scale(low, high, _LEFT, WIDTH - _RIGHT, log)


def upwards(low: float, high: float) -> Scale:
    """A scale over the whole height of a plot."""
    return Scale(low, high, HEIGHT - _BOTTOM, _TOP)


def pareto_plot(points: Sequence[Point], models: Sequence[str], x_label: str, y_label: str) -> str:
    """An SVG of ``points``: small dots for paintings, large ones for the mean of each model.

    The line joins the models that no other beats in both. ``models`` gives the order of the
    colours, classes ``c0``, ``c1`` … of the page. A dashed line at 1 is what the losses are
    relative to.
    """
    means = [
        Point(model, fmean(p.x for p in own), fmean(p.y for p in own))
        for model in models
        if (own := [p for p in points if p.model == model])
    ]
    xs, ys = [p.x for p in points], [p.y for p in points] + [1.0]
    centre, reach = math.sqrt(min(xs) * max(xs)), max(1.6 * math.sqrt(max(xs) / min(xs)), 4)
    x = across(centre / reach, centre * reach, log=True)
    y = upwards(min(ys) - 0.1, max(ys) + 0.15)
    parts = [*axes(x, y, x_label, y_label)]
    parts.append(line([(x.start, y(1)), (x.end, y(1))], "one"))
    parts.append(line([(x(p.x), y(p.y)) for p in frontier(means)], "front"))
    for point in points:
        parts.append(dot(x(point.x), y(point.y), 3, models.index(point.model), "faint"))
    for mean in means:
        parts.append(dot(x(mean.x), y(mean.y), 7, models.index(mean.model), ""))
    parts += labels([(x(p.x), y(p.y), p.model) for p in means])
    return drawing(f"{y_label} against {x_label}", parts)


def drawing(title: str, parts: Iterable[str]) -> str:
    """An SVG of ``parts``; ``title`` is for those who can't see it."""
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
    return "\n".join([head, *parts, "</svg>"])


def frontier(points: Sequence[Point]) -> list[Point]:
    """Those that no other beats in both cost and loss, from cheap to dear."""
    front: list[Point] = []
    for point in sorted(points, key=lambda p: (p.x, p.y)):
        if not front or point.y < front[-1].y:
            front.append(point)
    return front


def axes(x: Scale, y: Scale, x_label: str, y_label: str) -> Iterator[str]:
    """The grid, its values and what they are."""
    foot = HEIGHT - _BOTTOM
    for tick in x.ticks:
        at = x(tick)
        yield line([(at, _TOP), (at, foot)], "grid")
        yield text(at, foot + 18, f"{tick:g}", "middle")
    for tick in y.ticks:
        yield line([(x.start, y(tick)), (x.end, y(tick))], "grid")
        yield text(x.start - 8, y(tick) + 4, f"{tick:g}", "end")
    yield text((x.start + x.end) / 2, HEIGHT - 8, x_label, "middle")
    middle = (_TOP + foot) / 2
    turned = f'transform="rotate(-90 14 {middle:.1f})"'
    yield f'<text x="14" y="{middle:.1f}" text-anchor="middle" {turned}>{escape(y_label)}</text>'


def _decades(low: float, high: float) -> list[float]:
    """1, 2 and 5 of every decade between ``low`` and ``high``."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    ticks = [lead * 10.0**power for power in range(first, last + 1) for lead in (1, 2, 5)]
    return [tick for tick in ticks if low <= tick <= high]


def _steps(low: float, high: float) -> list[float]:
    """Some five round values between ``low`` and ``high``."""
    rough = (high - low) / 5
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(lead * unit for lead in (1, 2, 5, 10) if lead * unit >= rough)
    return [round(i * step, 6) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def labels(named: Sequence[tuple[float, float, str]]) -> Iterator[str]:
    """Names beside their dots, moved down where they would lie on one another."""
    placed: list[tuple[float, float]] = []
    for x, y, name in sorted(named, key=lambda entry: entry[1]):
        left = x > WIDTH * 0.7
        at = y + 4
        while any(abs(at - other) < _LINE and abs(x - near) < 130 for near, other in placed):
            at += 1
        placed.append((x, at))
        anchor = "end" if left else "start"
        yield text(x - 11 if left else x + 11, at, name, anchor, "name")


def dot(x: float, y: float, radius: int, colour: int, kind: str) -> str:
    """A dot in one of the page's colours."""
    return f'<circle class="c{colour % COLOURS} {kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'


def line(points: Sequence[tuple[float, float]], kind: str) -> str:
    """A line through ``points``; ``kind`` is its class in the page's style."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{path}"/>'


def text(x: float, y: float, words: str, anchor: str, kind: str = "") -> str:
    """Words at a place; ``anchor`` is ``start``, ``middle`` or ``end``."""
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {at}>{escape(words)}</text>'
