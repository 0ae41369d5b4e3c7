"""When a poor trial is stopped early.

Optuna's pruners know one objective only. Here a trial is compared with its equals: at a third and
at two thirds of its steps its score must not be worse than the median of the trials that came as
far and were at most as slow as it. A fast network so has no slow ones against it, which paint
better by nature. The median rule is that of Golovin et al. 2017, "Google Vizier", KDD.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

LEAST = 4
"""Trials to compare with, without which none is stopped."""


@dataclass(frozen=True)
class Past:
    """A trial that has ended: milliseconds of a frame, and its scores by the step."""

    ms: float
    scores: Mapping[int, float]


def bar(past: Iterable[Past], step: int, ms: float) -> float | None:
    """The score that a network of ``ms`` must reach at ``step``; ``None`` for any.

    Trials that were stopped there count too: without them the bar would rise for ever.
    """
    equals = [p.scores[step] for p in past if p.ms <= ms and step in p.scores]
    return median(equals) if len(equals) >= LEAST else None
