"""Results and votes for other programs: JSON with everything, CSV with the votes."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pleinair.studio.ab.ranking import LEVEL, Floats, Ranking
from pleinair.studio.ab.results import STOPPING, Results
from pleinair.studio.ab.screening import RULE

FORMAT = 1
_COLUMNS = (
    "time",
    "rater",
    "counts",
    "kind",
    "content",
    "style",
    "left",
    "right",
    "choice",
    "milliseconds",
)
_SPOILT = "(spoilt)"


def as_dict(results: Results) -> dict[str, Any]:
    """All results and votes, as JSON has them; raters are numbers.

    `scores` has a row for each model and style, with the model's score among those that paint in
    this style: what `pleinair evaluate --votes` reads. What isn't known is null.
    """
    names = [entrant.name for entrant in results.entrants]
    contents = {content.id: content for content in results.contents}
    return {
        "pleinair_abtest": FORMAT,
        "test": {
            "name": results.test.name,
            "question": results.test.question,
            "status": results.test.status,
            "created": _time(results.test.created),
        },
        "models": names,
        "votes_counted": results.votes,
        "level": LEVEL,
        "ranking": _ranking(results.ranking, names),
        "wins": results.wins.tolist(),
        "ties": results.ties.tolist(),
        "share": _plain(results.ranking.share),
        "share_half_width": _plain(results.ranking.half_width),
        "scores": [
            {**row, "style": style, "votes": _votes_of(wins, index)}
            for style, (wins, ranking) in results.by_style.items()
            for index, row in enumerate(_ranking(ranking, names))
        ],
        "contents": [
            {"name": contents[key].name, "style": contents[key].style, "wins": wins.tolist()}
            for key, wins in results.by_content.items()
        ],
        "agreement": {"krippendorff_alpha_ordinal": results.agreement},
        "enough": {"reached": results.enough.reached, **asdict(results.enough), "rule": STOPPING},
        "raters": [asdict(rater) for rater in results.raters],
        "raters_rule": RULE,
        "votes": _votes(results),
    }


def as_csv(results: Results) -> str:
    """All votes, a line for each, also those that don't count; raters are numbers."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for vote in _votes(results):
        writer.writerow({name: _safe(value) for name, value in vote.items()})
    return text.getvalue()


def _votes(results: Results) -> list[dict[str, Any]]:
    names: dict[int | None, str] = {entrant.id: entrant.name for entrant in results.entrants}
    names[None] = _SPOILT
    contents = {content.id: content for content in results.contents}
    refused = {rater.rater for rater in results.raters if rater.reasons}
    return [
        {
            "time": _time(ballot.time),
            "rater": ballot.rater,
            "counts": ballot.counts and ballot.rater not in refused,
            "kind": ballot.kind,
            "content": contents[ballot.content].name,
            "style": contents[ballot.content].style,
            "left": names[ballot.left],
            "right": names[ballot.right],
            "choice": ballot.choice,
            "milliseconds": ballot.milliseconds,
        }
        for ballot in results.ballots
    ]


def _ranking(ranking: Ranking, names: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "model": name,
            "score": float(ranking.scores[i]),
            "low": _number(ranking.low[i]),
            "high": _number(ranking.high[i]),
            "best_rank": int(ranking.best_rank[i]),
            "worst_rank": int(ranking.worst_rank[i]),
        }
        for i, name in enumerate(names)
    ]


def _votes_of(wins: Floats, index: int) -> float:
    return float(wins[index].sum() + wins[:, index].sum())


def _plain(matrix: Floats) -> list[list[float | None]]:
    return [[_number(value) for value in row] for row in matrix]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _safe(value: Any) -> Any:
    """A name that a spreadsheet would take for a formula gets a mark before it."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value
