"""What people said in an A/B test, beside the figures: scores of rows, and who agrees with them."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Row = dict[str, Any]
Figure = Callable[[Row], float | None]

_LEAST = 3  # rows for a correlation
_LEAST_FOR_INTERVAL = 5
_REACH = 1.96  # standard errors, for 95 %


@dataclass(frozen=True)
class Votes:
    """A test, as `pleinair abtest export` writes it.

    Attributes:
        name, question: of the test.
        counted: votes that count.
        raters: people whose votes count.
        scores: by model and style: `score`, `low`, `high` and `votes`; the style is empty where
            every model painted its own.
    """

    name: str
    question: str
    counted: int
    raters: int
    scores: Mapping[tuple[str, str], Mapping[str, float | None]]


def read_votes(path: Path) -> Votes:
    """Read a test's export; ValueError naming the file where it is none."""
    try:
        found = json.loads(path.read_text())
        if found["pleinair_abtest"] != 1:
            raise ValueError("of another version")
        scores = {
            (row["model"], row["style"]): {
                name: row[name] for name in ("score", "low", "high", "votes")
            }
            for row in found["scores"]
            if row["votes"]
        }
        test = found["test"]
        raters = sum(not rater["reasons"] and rater["votes"] > 0 for rater in found["raters"])
        return Votes(test["name"], test["question"], found["votes_counted"], raters, scores)
    except OSError as error:
        raise ValueError(f"{path}: can't read it ({error.strerror})") from error
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(f"{path}: not the .json of an A/B test ({error})") from error


def add_votes(rows: Sequence[Row], votes: Votes) -> None:
    """Put raters' scores into the rows of the models that they judged, as `raters`.

    Raises:
        ValueError: no row is of a model and style of the test.
    """
    styles: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        styles[row["model"]].add(row["style"])
    found = False
    for row in rows:
        score = votes.scores.get((row["model"], row["style"]))
        if score is None and len(styles[row["model"]]) == 1:
            score = votes.scores.get((row["model"], ""))
        if score is not None:
            row["raters"] = dict(score)
            found = True
    if not found:
        models = ", ".join(sorted({" ".join(key).strip() for key in votes.scores})) or "none"
        raise ValueError(f"{votes.name}: raters judged no row of this board, but {models}")


def agreement(rows: Sequence[Row], figures: Mapping[str, Figure]) -> list[Row]:
    """Spearman's rank correlation of each figure with the raters' scores.

    Scores compare the models of one style, so figures are taken less their mean over the style.
    The interval is Bonett and Wright's (2000), for as many rows as there are less one for each
    further style.

    Args:
        rows: of a board, with `raters` where they judged.
        figures: by name; less is better, so raters who agree give a negative correlation.

    Returns:
        For each figure that 3 or more rows have: `figure`, `rho` (−1 to 1, None where all are
        alike), `low` and `high` (None with fewer than 5), `rows` (how many).
    """
    found = []
    for name, figure in figures.items():
        pairs = [
            (row["style"], row["raters"]["score"], value)
            for row in rows
            if row.get("raters") and (value := figure(row)) is not None
        ]
        by_style = defaultdict(list)
        for style, score, value in pairs:
            by_style[style].append((score, value))
        # A row that is alone in its style compares with nothing.
        groups = [np.array(group, float) for group in by_style.values() if len(group) > 1]
        count = sum(len(group) for group in groups)
        if count < _LEAST:
            continue
        centred = np.concatenate([group - group.mean(0) for group in groups])
        rho = spearman(centred[:, 0], centred[:, 1])
        low, high = _interval(rho, count - len(groups) + 1)
        found.append({"figure": name, "rho": rho, "low": low, "high": high, "rows": count})
    return found


def spearman(
    first: np.ndarray[Any, np.dtype[np.float64]], second: np.ndarray[Any, np.dtype[np.float64]]
) -> float | None:
    """Spearman's rank correlation, equal values sharing their ranks; None where all are equal."""
    ranks = [_ranks(values) for values in (first, second)]
    x, y = (values - values.mean() for values in ranks)
    size = math.sqrt(float((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / size if size else None


def _ranks(
    values: np.ndarray[Any, np.dtype[np.float64]],
) -> np.ndarray[Any, np.dtype[np.float64]]:
    # Sums and differences of floats: what should be equal may differ in the last digits.
    less = values[:, None] - values[None, :] > 1e-9 * max(1e-12, float(np.abs(values).max()))
    more = less.T
    return np.asarray(0.5 * (less.sum(1) - more.sum(1)), np.float64)


def _interval(rho: float | None, count: int) -> tuple[float | None, float | None]:
    if rho is None or count < _LEAST_FOR_INTERVAL:
        return None, None
    centre = math.atanh(min(max(rho, -0.9999), 0.9999))
    reach = _REACH * math.sqrt((1 + rho**2 / 2) / (count - 3))
    return math.tanh(centre - reach), math.tanh(centre + reach)
