"""Votes as the statistics want them: who preferred what to what."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import aliased

from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import AbTest, Choice, Kind, Medium, Rater, Showing, Vote


@dataclass(frozen=True)
class Ballot:
    """A vote.

    Attributes:
        rater: number of the rater in the test, from 1, in order of joining.
        kind: an ordinary pair, one seen again, or a check.
        content: id.
        left, right: ids of the entrants; None is the spoilt painting of a check.
        choice: what was said.
        milliseconds: that it took.
        time: seconds since 1970.
    """

    rater: int
    kind: Kind
    content: int
    left: int | None
    right: int | None
    choice: Choice
    milliseconds: int
    time: float

    @property
    def preferred(self) -> int | None:
        """The chosen entrant; None for the spoilt painting, a tie or a skip."""
        if self.choice == "left":
            return self.left
        return self.right if self.choice == "right" else None

    @property
    def counts(self) -> bool:
        """Whether it is a vote on a pair: not a repeat, a check or a skip."""
        return self.kind == "pair" and self.choice != "skip"

    @property
    def pair(self) -> tuple[int, int, int]:
        """Content and entrants, the same for both ways round."""
        first, second = sorted((self.left or 0, self.right or 0))
        return self.content, first, second


def read_ballots(store: Store, test: AbTest) -> list[Ballot]:
    """All votes of a test, in the order in which they came."""
    one, other = aliased(Medium), aliased(Medium)
    wanted = (
        select(
            Rater.id,
            Showing.kind,
            Showing.content_id,
            one.entrant_id,
            other.entrant_id,
            Vote.choice,
            Vote.milliseconds,
            Vote.time,
        )
        .join(Showing, Vote.showing_id == Showing.id)
        .join(Rater, Showing.rater_id == Rater.id)
        .join(one, Showing.left_id == one.id)
        .join(other, Showing.right_id == other.id)
        .where(Rater.test_id == test.id)
        .order_by(Vote.time, Vote.id)
    )
    people = select(Rater.id).where(Rater.test_id == test.id).order_by(Rater.id)
    with store.database.reading() as session:
        numbers = {rater: number for number, rater in enumerate(session.scalars(people), 1)}
        return [
            Ballot(numbers[rater], kind, content, left, right, choice, milliseconds, time)
            for rater, kind, content, left, right, choice, milliseconds, time in session.execute(
                wanted
            )
        ]
