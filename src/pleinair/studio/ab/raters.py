"""What raters do: join, see pairs, vote. Every change is one transaction."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from random import Random

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pleinair.studio.ab import schedule
from pleinair.studio.ab.database import Database
from pleinair.studio.ab.tables import (
    AbTest,
    Choice,
    Content,
    Entrant,
    Medium,
    Rater,
    Showing,
    Vote,
    new_token,
)

MOST_RATERS = 10_000
"""Of one test: more are no people."""

_AHEAD = 2  # pairs that a rater's page knows: the one that is shown, and one to load meanwhile


class NoSuchError(LookupError):
    """No test, rater or showing of this name; or none that this one may know of."""


class ClosedError(RuntimeError):
    """The test takes no votes now."""


class VotedError(RuntimeError):
    """A vote that contradicts one which is there."""


@dataclass(frozen=True)
class Look:
    """A pair as a rater's page gets it: nothing says what is behind the two media."""

    id: str
    left: str
    right: str
    width: int
    height: int
    frames: int
    rate: int


@dataclass(frozen=True)
class Progress:
    """How far a rater is: votes given, pairs in the sequence so far, and what comes next."""

    done: int
    of: int
    next: tuple[Look, ...]


# Made once: building a statement takes longer than executing it.
_KNOWN = (
    select(AbTest.id, AbTest.status, Rater.id)
    .outerjoin(Rater, (Rater.test_id == AbTest.id) & (Rater.token == bindparam("rater")))
    .where(AbTest.token == bindparam("token"))
)
_COUNTS = (
    select(func.count(Vote.id), func.count(Showing.id))
    .select_from(Showing)
    .outerjoin(Vote, Vote.showing_id == Showing.id)
    .where(Showing.rater_id == bindparam("person"))
)
_WAITING = (
    select(
        Showing.id,
        Showing.left_id,
        Showing.right_id,
        Content.width,
        Content.height,
        Content.frames,
        Content.rate,
    )
    .join(Content, Showing.content_id == Content.id)
    .outerjoin(Vote, Vote.showing_id == Showing.id)
    .where(Showing.rater_id == bindparam("person"), Vote.id.is_(None))
    .order_by(Showing.place)
    .limit(_AHEAD)
)
_VOTED = (
    select(Showing.rater_id, Vote.id, Vote.choice)
    .outerjoin(Vote, Vote.showing_id == Showing.id)
    .where(Showing.id == bindparam("showing"))
)


class Raters:
    """The raters of all tests of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def join(self, token: str, rater: str | None) -> str:
        """The rater's token: the given one where it is one of this test, else a new one.

        Raises:
            NoSuchError: no such test.
            ClosedError: the test takes no votes now, or no more raters.
        """
        with self._database.writing() as session:
            test, person = _known(session, token, rater, opened=True)
            if person is not None and rater is not None:
                return rater
            others = select(func.count()).select_from(Rater).where(Rater.test_id == test)
            if (session.scalar(others) or 0) >= MOST_RATERS:
                raise ClosedError("the test takes no more raters")
            newcomer = Rater(test_id=test, token=new_token(), created=time.time())
            session.add(newcomer)
            session.flush()
            _extend(session, test, newcomer.id)
            return newcomer.token

    def progress(self, token: str, rater: str | None) -> Progress:
        """How far a rater is; NoSuchError where there is no such test or rater."""
        with self._database.reading() as session:
            return _progress(session, _known_rater(session, token, rater, opened=False)[1])

    def more(self, token: str, rater: str | None, after: int) -> Progress:
        """Another sitting for a rater who has `after` showings; the same however often it is asked.

        With nothing left to show there are as many showings as before.

        Raises:
            NoSuchError: no such test or rater.
            ClosedError: the test takes no votes now.
        """
        try:
            with self._database.writing() as session:
                test, person = _known_rater(session, token, rater, opened=True)
                if _count(session, person) == after:
                    _extend(session, test, person)
                return _progress(session, person)
        except IntegrityError:  # the same was asked for at the same time, and is done
            return self.progress(token, rater)

    def vote(
        self,
        token: str,
        rater: str | None,
        showing: str,
        vote: str,
        choice: Choice,
        milliseconds: int,
    ) -> Progress:
        """Count a vote once, however often it is sent; returns once it is on the disk.

        Args:
            token, rater: who votes where.
            showing: which pair.
            vote: an id that the sender has made for this vote, and sends again with it.
            choice: what is better.
            milliseconds: that it took to choose.

        Raises:
            NoSuchError: no such test, or no such pair for this rater.
            ClosedError: the test takes no votes now.
            VotedError: this pair has another vote, or this vote is another pair's.
        """
        values = {
            "id": vote,
            "showing_id": showing,
            "choice": choice,
            "milliseconds": milliseconds,
            "time": time.time(),
        }
        try:
            with self._database.writing() as session:
                _, person = _known_rater(session, token, rater, opened=True)
                if not _counted(session, person, showing, vote, choice):
                    session.execute(insert(Vote), values)
                return _progress(session, person)
        except IntegrityError as error:  # the same at the same time, or an id that is in use
            with self._database.reading() as session:
                _, person = _known_rater(session, token, rater, opened=False)
                if not _counted(session, person, showing, vote, choice):
                    raise VotedError("this vote is another pair's") from error
                return _progress(session, person)


def _known(
    session: Session, token: str, rater: str | None, *, opened: bool
) -> tuple[int, int | None]:
    """The test's id, and the rater's where there is one."""
    row = session.execute(_KNOWN, {"token": token, "rater": rater or ""}).one_or_none()
    if row is None:
        raise NoSuchError("no such test")
    test, status, person = row
    if opened and status != "open":
        raise ClosedError("the test takes no votes now")
    return test, person


def _known_rater(
    session: Session, token: str, rater: str | None, *, opened: bool
) -> tuple[int, int]:
    test, person = _known(session, token, rater, opened=opened)
    if person is None:
        raise NoSuchError("no such rater")
    return test, person


def _counted(session: Session, person: int, showing: str, vote: str, choice: Choice) -> bool:
    """Whether this very vote is there already."""
    row = session.execute(_VOTED, {"showing": showing}).one_or_none()
    if row is None or row[0] != person:
        raise NoSuchError("no such pair")
    _, kept, kept_choice = row
    if kept is not None and (kept, kept_choice) != (vote, choice):
        raise VotedError("this pair was voted on")
    return kept is not None


def _count(session: Session, person: int) -> int:
    return int(session.execute(_COUNTS, {"person": person}).one()[1])


def _progress(session: Session, person: int) -> Progress:
    done, of = session.execute(_COUNTS, {"person": person}).one()
    waiting = session.execute(_WAITING, {"person": person})
    return Progress(done, of, tuple(Look(*row) for row in waiting.all()))


def _extend(session: Session, test: int, person: int) -> None:
    """Add a sitting to what a rater sees."""
    wanted = session.execute(
        select(AbTest.trials, AbTest.repeats, AbTest.checks).where(AbTest.id == test)
    ).one()
    media = {
        (content, entrant): medium
        for content, entrant, medium in session.execute(
            select(Medium.content_id, Medium.entrant_id, Medium.id).where(Medium.test_id == test)
        )
    }
    seen = session.execute(select(Showing.kind, Showing.pair).where(Showing.rater_id == person))
    shown = session.execute(
        select(Showing.pair, func.count())
        .join(Rater, Showing.rater_id == Rater.id)
        .where(Rater.test_id == test, Showing.kind == "pair")
        .group_by(Showing.pair)
    )
    sequence = schedule.sitting(
        list(session.scalars(select(Entrant.id).where(Entrant.test_id == test))),
        list(session.scalars(select(Content.id).where(Content.test_id == test))),
        {(kind, pair) for kind, pair in seen},
        dict(shown.all()),
        schedule.Sitting(*wanted),
        Random(secrets.randbits(64)),
    )
    start = _count(session, person)
    rows = [
        {
            "id": new_token(),
            "rater_id": person,
            "place": start + index,
            "kind": item.kind,
            "pair": item.pair,
            "content_id": item.content,
            "left_id": media[item.content, item.left],
            "right_id": media[item.content, item.right],
        }
        for index, item in enumerate(sequence)
    ]
    if rows:
        session.execute(insert(Showing), rows)
