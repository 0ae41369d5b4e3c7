"""Plots of quality against cost, as SVG that follows the page's colours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
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
class _Scale:
    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(value)
        return self.start + (self.end - self.start) * (at - low) / (high - low)


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
    x = _Scale(centre / reach, centre * reach, _LEFT, WIDTH - _RIGHT, log=True)
    y = _Scale(min(ys) - 0.1, max(ys) + 0.15, HEIGHT - _BOTTOM, _TOP)
    parts = [*_axes(x, y, x_label, y_label)]
    parts.append(_line([(_LEFT, y(1)), (WIDTH - _RIGHT, y(1))], "one"))
    parts.append(_line([(x(p.x), y(p.y)) for p in frontier(means)], "front"))
    for point in points:
        parts.append(_dot(x(point.x), y(point.y), 3, models.index(point.model), "faint"))
    for mean in means:
        parts.append(_dot(x(mean.x), y(mean.y), 7, models.index(mean.model), ""))
    parts += _labels([(x(p.x), y(p.y), p.model) for p in means])
    title = f"{y_label} against {x_label}"
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
    return "\n".join([head, *parts, "</svg>"])


def frontier(points: Sequence[Point]) -> list[Point]:
    """Those that no other beats in both cost and loss, from cheap to dear."""
    front: list[Point] = []
    for point in sorted(points, key=lambda p: (p.x, p.y)):
        if not front or point.y < front[-1].y:
            front.append(point)
    return front


def _axes(x: _Scale, y: _Scale, x_label: str, y_label: str) -> Iterator[str]:
    foot = HEIGHT - _BOTTOM
    for tick in _decades(x.low, x.high):
        at = x(tick)
        yield _line([(at, _TOP), (at, foot)], "grid")
        yield _text(at, foot + 18, f"{tick:g}", "middle")
    for tick in _steps(y.low, y.high):
        yield _line([(_LEFT, y(tick)), (WIDTH - _RIGHT, y(tick))], "grid")
        yield _text(_LEFT - 8, y(tick) + 4, f"{tick:g}", "end")
    yield _text((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 8, x_label, "middle")
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


def _labels(named: Sequence[tuple[float, float, str]]) -> Iterator[str]:
    """Names beside their dots, moved down where they would lie on one another."""
    placed: list[tuple[float, float]] = []
    for x, y, name in sorted(named, key=lambda entry: entry[1]):
        left = x > WIDTH * 0.7
        at = y + 4
        while any(abs(at - other) < _LINE and abs(x - near) < 130 for near, other in placed):
            at += 1
        placed.append((x, at))
        anchor = "end" if left else "start"
        yield _text(x - 11 if left else x + 11, at, name, anchor, "name")


def _dot(x: float, y: float, radius: int, colour: int, kind: str) -> str:
    return f'<circle class="c{colour % COLOURS} {kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'


def _line(points: Sequence[tuple[float, float]], kind: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{path}"/>'


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )
