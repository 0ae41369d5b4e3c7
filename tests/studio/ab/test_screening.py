"""Whose votes count."""

from __future__ import annotations

from pleinair.studio.ab.ballots import Ballot
from pleinair.studio.ab.screening import Screened, screen
from pleinair.studio.ab.tables import Choice, Kind


def _ballot(
    kind: Kind, choice: Choice, left: int | None, right: int | None, content: int = 1, ms: int = 900
) -> Ballot:
    return Ballot(1, kind, content, left, right, choice, ms, 0.0)


def _only(ballots: list[Ballot]) -> Screened:
    [screened] = screen(ballots)
    return screened


def test_an_attentive_rater_counts() -> None:
    found = _only(
        [
            _ballot("pair", "left", 1, 2),
            _ballot("pair", "tie", 1, 2, content=2),
            _ballot("pair", "skip", 1, 2, content=3),
            _ballot("repeat", "right", 2, 1),  # the same entrant, on the other side
            _ballot("repeat", "left", 2, 1, content=2),
            _ballot("check", "left", 1, None),
            _ballot("check", "right", None, 2),
        ]
    )
    assert found.reasons == ()
    assert (found.votes, found.skips, found.checks, found.passed) == (2, 1, 2, 2)
    assert (found.repeats, found.same) == (2, 1)


def test_failed_checks_exclude() -> None:
    missed = [_ballot("check", "left", None, 1), _ballot("check", "tie", 1, None, content=2)]
    assert _only(missed).reasons == ("passed 0 of 2 checks",)
    assert _only(missed[:1]).reasons == ()  # one may happen to anybody
    skipped = [_ballot("check", "skip", None, 1, content=i) for i in range(5)]
    assert _only(skipped).reasons == ()


def test_votes_without_looking_exclude() -> None:
    fast = [_ballot("pair", "left", 1, 2, ms=200), _ballot("pair", "right", 1, 2, 2, ms=300)]
    assert _only(fast).reasons == ("took 250 ms for a vote",)


def test_always_the_same_side_excludes() -> None:
    def given(left: int, right: int) -> list[Ballot]:
        sides: list[Choice] = [*["left"] * left, *["right"] * right]  # type: ignore[list-item]
        return [_ballot("pair", side, 1, 2, content=i) for i, side in enumerate(sides)]

    assert _only(given(30, 0)).reasons == ("chose left 30 and right 0 times",)
    assert _only(given(11, 0)).reasons != ()  # 2 of 2048
    assert _only(given(10, 0)).reasons == ()
    assert _only(given(20, 10)).reasons == ()
