"""Tests, raters and votes in a database; what is shown in a folder beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from pleinair.studio.ab.database import Database
from pleinair.studio.ab.raters import ClosedError, NoSuchError, Raters
from pleinair.studio.ab.tables import AbTest, Content, Entrant, Medium, Rater, Showing, Status, Vote

DATABASE = "abtests.sqlite"


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
        self.raters = Raters(self.database)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

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

    def votes(self) -> dict[int, int]:
        """How many votes tests (ids) have, repeats, checks and skips among them."""
        with self.database.reading() as session:
            counted = session.execute(
                select(Rater.test_id, func.count(Vote.id))
                .join(Showing, Showing.rater_id == Rater.id)
                .join(Vote, Vote.showing_id == Showing.id)
                .group_by(Rater.test_id)
            )
            return dict(counted.all())

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
        return self._path(medium.id, bool(content.frames))

    def shown_file(self, token: str, medium: str) -> Path:
        """The file of a medium (id) of a test; NoSuchError where raters can't see such a one."""
        with self.database.reading() as session:
            frames = session.scalar(
                select(Content.frames)
                .join(Medium, Medium.content_id == Content.id)
                .join(AbTest, Medium.test_id == AbTest.id)
                .where(Medium.id == medium, AbTest.token == token, AbTest.status != "painting")
            )
        if frames is None:
            raise NoSuchError("no such picture")
        return self._path(medium, bool(frames))

    def _path(self, medium: str, moving: bool) -> Path:
        return self.folder / "media" / f"{medium}{'.mp4' if moving else '.png'}"

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


def _check_unique(names: Sequence[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{what} {name} comes twice")


def _test(session: Session, token: str) -> AbTest:
    test = session.scalar(select(AbTest).where(AbTest.token == token))
    if test is None:
        raise NoSuchError("no such test")
    return test
