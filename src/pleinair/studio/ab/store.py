"""Tests, raters and votes in a database; what is shown in a folder beside it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlalchemy import delete, func, select, update
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
    Status,
    Vote,
)

DATABASE = "abtests.sqlite"
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


class Store:
    """All A/B tests of a folder.

    Args:
        folder: receives what is painted, and the database unless `url` names another.
        url: of the database, see `Database`.

    Raises:
        DatabaseError: it can't be used.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.database = Database(url or f"sqlite:///{folder / DATABASE}")

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    # What the owner of a test does.

    def add(
        self,
        test: AbTest,
        entrants: Sequence[Entrant],
        contents: Sequence[Content],
    ) -> AbTest:
        """Keep a new test with its models and contents, and a place for everything painted.

        Raises:
            ValueError: fewer than two models, no content, or a name that comes twice.
        """
        if len(entrants) < 2:
            raise ValueError("a test needs at least two models")
        if not contents:
            raise ValueError("a test needs at least one photo or clip")
        _check_unique([entrant.name for entrant in entrants], "model")
        _check_unique([f"{c.name} {c.style}".strip() for c in contents], "content")
        with self.database.writing() as session:
            session.add(test)
            session.flush()
            for entrant in entrants:
                entrant.test_id = test.id
            for content in contents:
                content.test_id = test.id
            session.add_all([*entrants, *contents])
            session.flush()
            session.add_all(
                Medium(test_id=test.id, content_id=content.id, entrant_id=entrant_id)
                for content in contents
                for entrant_id in (*(entrant.id for entrant in entrants), None)
            )
        return test

    def tests(self) -> list[AbTest]:
        """All tests, the newest first."""
        with self.database.reading() as session:
            return list(session.scalars(select(AbTest).order_by(AbTest.id.desc())))

    def test(self, token: str) -> AbTest:
        """The test of a token; NoSuchError where there is none."""
        with self.database.reading() as session:
            return _test(session, token)

    def entrants(self, test: AbTest) -> list[Entrant]:
        """The models of a test, as they were given."""
        with self.database.reading() as session:
            wanted = select(Entrant).where(Entrant.test_id == test.id).order_by(Entrant.id)
            return list(session.scalars(wanted))

    def contents(self, test: AbTest) -> list[Content]:
        """The photos and clips of a test, as they were given."""
        with self.database.reading() as session:
            wanted = select(Content).where(Content.test_id == test.id).order_by(Content.id)
            return list(session.scalars(wanted))

    def media(self, test: AbTest) -> list[Medium]:
        """Everything that is painted for a test, or is to be."""
        with self.database.reading() as session:
            return list(session.scalars(select(Medium).where(Medium.test_id == test.id)))

    def medium_path(self, medium: Medium, content: Content) -> Path:
        """Where the painted file lies."""
        suffix = ".mp4" if content.frames else ".png"
        return self.folder / "media" / f"{medium.id}{suffix}"

    def mark_painted(self, medium: Medium) -> None:
        """The file of a medium is complete."""
        with self.database.writing() as session:
            session.execute(update(Medium).where(Medium.id == medium.id).values(painted=True))

    def set_status(self, token: str, status: Status) -> None:
        """Open a test to raters, or close it.

        Raises:
            NoSuchError: no such test.
            ClosedError: not everything is painted yet.
        """
        with self.database.writing() as session:
            test = _test(session, token)
            missing = select(func.count()).where(
                Medium.test_id == test.id, Medium.painted.is_(False)
            )
            if status == "open" and session.scalar(missing):
                raise ClosedError(f"{test.name}: not everything is painted yet")
            test.status = status

    def remove(self, token: str) -> None:
        """Delete a test with its votes and everything painted for it."""
        test = self.test(token)
        kept = {content.id: content for content in self.contents(test)}
        paths = [self.medium_path(m, kept[m.content_id]) for m in self.media(test)]
        with self.database.writing() as session:
            session.execute(delete(AbTest).where(AbTest.id == test.id))
        for path in paths:
            path.unlink(missing_ok=True)

    # What raters do.

    def shown_file(self, token: str, medium_id: str) -> Path:
        """The file of a medium of this test; NoSuchError where there is none."""
        with self.database.reading() as session:
            row = session.execute(
                select(Medium, Content)
                .join(Content, Medium.content_id == Content.id)
                .join(AbTest, Medium.test_id == AbTest.id)
                .where(Medium.id == medium_id, AbTest.token == token, AbTest.status != "painting")
            ).one_or_none()
        if row is None:
            raise NoSuchError(medium_id)
        return self.medium_path(row[0], row[1])

    def join(self, token: str, rater: str | None) -> str:
        """The rater's token: the given one where it is one of this test, else a new one.

        Raises:
            NoSuchError: no such test.
            ClosedError: the test takes no votes now.
        """
        with self.database.writing() as session:
            test = _open_test(session, token)
            if rater is not None and _rater(session, test, rater) is not None:
                return rater
            person = Rater(test_id=test.id, created=time.time())
            session.add(person)
            session.flush()
            self._extend(session, test, person)
            return person.token

    def progress(self, token: str, rater: str | None) -> Progress:
        """How far a rater is; NoSuchError where there is no such test or rater."""
        with self.database.reading() as session:
            test = _test(session, token)
            return _progress(session, _known(session, test, rater))

    def more(self, token: str, rater: str | None, after: int) -> Progress:
        """Another sitting for a rater who has `after` showings; the same however often it is asked.

        With nothing left to show there are as many showings as before.
        """
        for final in (False, True):
            try:
                with self.database.writing() as session:
                    test = _open_test(session, token)
                    person = _known(session, test, rater)
                    if _count(session, person) == after:
                        self._extend(session, test, person)
                    return _progress(session, person)
            except IntegrityError:  # the same was asked for at the same time
                if final:
                    raise
        raise AssertionError

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
        try:
            with self.database.writing() as session:
                test = _open_test(session, token)
                person = _known(session, test, rater)
                _check_theirs(session, person, showing)
                kept = session.scalar(select(Vote).where(Vote.showing_id == showing))
                if kept is None:
                    session.add(
                        Vote(
                            id=vote,
                            showing_id=showing,
                            choice=choice,
                            milliseconds=milliseconds,
                            time=time.time(),
                        )
                    )
                    session.flush()
                elif kept.id != vote or kept.choice != choice:
                    raise VotedError("this pair was voted on")
                return _progress(session, person)
        except IntegrityError as error:
            with self.database.reading() as session:
                kept = session.get(Vote, vote)
            if kept is None or kept.showing_id != showing or kept.choice != choice:
                raise VotedError("this pair was voted on") from error
        return self.progress(token, rater)

    def _extend(self, session: Session, test: AbTest, person: Rater) -> None:
        """Add a sitting to what a rater sees."""
        entrants = list(session.scalars(select(Entrant.id).where(Entrant.test_id == test.id)))
        contents = list(session.scalars(select(Content.id).where(Content.test_id == test.id)))
        media = {
            (medium.content_id, medium.entrant_id): medium.id
            for medium in session.scalars(select(Medium).where(Medium.test_id == test.id))
        }
        seen = session.execute(
            select(Showing.kind, Showing.pair).where(Showing.rater_id == person.id)
        )
        shown = session.execute(
            select(Showing.pair, func.count())
            .join(Rater, Showing.rater_id == Rater.id)
            .where(Rater.test_id == test.id, Showing.kind == "pair")
            .group_by(Showing.pair)
        )
        sequence = schedule.sitting(
            entrants,
            contents,
            {(kind, pair) for kind, pair in seen},
            dict(shown.all()),
            schedule.Sitting(test.trials, test.repeats, test.checks),
            Random(secrets.randbits(64)),
        )
        start = _count(session, person)
        session.add_all(
            Showing(
                rater_id=person.id,
                place=start + index,
                kind=item.kind,
                pair=item.pair,
                content_id=item.content,
                left_id=media[item.content, item.left],
                right_id=media[item.content, item.right],
            )
            for index, item in enumerate(sequence)
        )
        session.flush()


def _check_unique(names: Sequence[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{what} {name} comes twice")


def _test(session: Session, token: str) -> AbTest:
    test = session.scalar(select(AbTest).where(AbTest.token == token))
    if test is None:
        raise NoSuchError("no such test")
    return test


def _open_test(session: Session, token: str) -> AbTest:
    test = _test(session, token)
    if test.status != "open":
        raise ClosedError("the test takes no votes now")
    return test


def _rater(session: Session, test: AbTest, rater: str | None) -> Rater | None:
    if rater is None:
        return None
    return session.scalar(select(Rater).where(Rater.token == rater, Rater.test_id == test.id))


def _known(session: Session, test: AbTest, rater: str | None) -> Rater:
    person = _rater(session, test, rater)
    if person is None:
        raise NoSuchError("no such rater")
    return person


def _check_theirs(session: Session, person: Rater, showing: str) -> None:
    owner = session.scalar(select(Showing.rater_id).where(Showing.id == showing))
    if owner != person.id:
        raise NoSuchError("no such pair")


def _count(session: Session, person: Rater) -> int:
    wanted = select(func.count()).select_from(Showing).where(Showing.rater_id == person.id)
    return session.scalar(wanted) or 0


def _progress(session: Session, person: Rater) -> Progress:
    given = (
        select(func.count())
        .select_from(Vote)
        .join(Showing, Vote.showing_id == Showing.id)
        .where(Showing.rater_id == person.id)
    )
    waiting = (
        select(Showing, Content)
        .join(Content, Showing.content_id == Content.id)
        .outerjoin(Vote, Vote.showing_id == Showing.id)
        .where(Showing.rater_id == person.id, Vote.id.is_(None))
        .order_by(Showing.place)
        .limit(_AHEAD)
    )
    looks = [
        Look(s.id, s.left_id, s.right_id, c.width, c.height, c.frames, c.rate)
        for s, c in session.execute(waiting)
    ]
    return Progress(session.scalar(given) or 0, _count(session, person), tuple(looks))
