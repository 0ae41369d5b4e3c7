"""People's votes beside the board's figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pleinair.evaluate.votes import add_votes, agreement, read_votes, spearman


def exported(scores: dict[tuple[str, str], float]) -> dict[str, Any]:
    return {
        "pleinair_abtest": 1,
        "test": {"name": "spring", "question": "Which looks better?"},
        "votes_counted": 120,
        "raters": [{"reasons": [], "votes": 60}, {"reasons": ["fast"], "votes": 60}],
        "scores": [
            {"model": m, "style": s, "score": v, "low": v - 0.2, "high": v + 0.2, "votes": 40.0}
            for (m, s), v in scores.items()
        ],
    }


def _row(model: str, style: str, **figures: Any) -> dict[str, Any]:
    return {"model": model, "style": style, **figures}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(scores: dict[tuple[str, str], float]) -> Path:
        path = tmp_path / "votes.json"
        path.write_text(json.dumps(exported(scores)))
        return path

    return written


def test_scores_find_their_rows(write: Any) -> None:
    votes = read_votes(write({("easel", "night"): 0.4, ("sketch", "night"): -0.4, ("own", ""): 0}))
    assert (votes.counted, votes.raters) == (120, 1)
    rows = [
        _row("easel", "night"),
        _row("easel", "wave"),
        _row("own", "own"),
        _row("Gatys", "night"),
    ]
    add_votes(rows, votes)
    assert [row.get("raters", {}).get("score") for row in rows] == [0.4, None, 0, None]


def test_votes_on_other_models_are_refused(write: Any) -> None:
    votes = read_votes(write({("mural", "night"): 0.4}))
    with pytest.raises(ValueError, match="no row of this board, but mural night"):
        add_votes([_row("easel", "night")], votes)


@pytest.mark.parametrize("text", ["", "[]", '{"pleinair_abtest": 2}', '{"pleinair_abtest": 1}'])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "votes.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"votes\.json: not the \.json of an A/B test"):
        read_votes(path)
    with pytest.raises(ValueError, match=r"none\.json: can't read it"):
        read_votes(tmp_path / "none.json")


def test_spearman() -> None:
    line = np.arange(6.0)
    assert spearman(line, np.exp(line)) == pytest.approx(1)
    assert spearman(line, -line) == pytest.approx(-1)
    # Equal values share their ranks: ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4.
    tied = spearman(np.array([1.0, 2, 2, 3]), np.array([1.0, 2, 3, 4]))
    assert tied == pytest.approx(0.9486833)
    assert spearman(line, np.zeros(6)) is None


def test_agreement_is_of_models_within_a_style() -> None:
    """The figure of a style as a whole, here 100 times larger, says nothing of its models."""
    rows = [
        _row(model, style, loss=level + loss, none=None, raters={"score": score})
        for style, level in (("night", 0.0), ("wave", 100.0))
        for model, loss, score in (("a", 1.0, 0.6), ("b", 2.0, 0.1), ("c", 3.0, -0.7))
    ]
    rows.append(_row("unjudged", "night", loss=0.5))
    rows.append(_row("alone", "third", loss=9.0, raters={"score": 3.0}))
    figures = {"loss": lambda row: row.get("loss"), "none": lambda row: row.get("none")}
    [found] = agreement(rows, figures)
    assert found["figure"] == "loss"
    assert found["rho"] == pytest.approx(-1)
    assert found["rows"] == 6
    assert -1 < found["low"] < found["rho"] + 1e-3 < found["high"] < 0


def test_few_rows_have_no_interval() -> None:
    rows = [
        _row(m, "s", loss=v, raters={"score": -v}) for m, v in (("a", 1.0), ("b", 2.0), ("c", 3.0))
    ]
    [found] = agreement(rows, {"loss": lambda row: row["loss"]})
    assert (found["rho"], found["low"], found["high"]) == (pytest.approx(-1), None, None)
    assert agreement(rows[:2], {"loss": lambda row: row["loss"]}) == []
