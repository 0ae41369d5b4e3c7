"""What is kept of A/B tests, as tables: models, contents, raters, what they saw and said."""

from __future__ import annotations

import secrets
from typing import Literal

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Choice = Literal["left", "right", "tie", "skip"]
Kind = Literal["pair", "repeat", "check"]
Status = Literal["painting", "open", "closed"]


def new_token() -> str:
    """128 random bits that can stand in an address: what nobody can guess."""
    return secrets.token_urlsafe(16)


class Base(DeclarativeBase):
    """All tables of A/B tests."""


class AbTest(Base):
    """A test.

    `token` opens it for raters. `trials` is how many pairs a rater sees in one sitting, of which
    `repeats` come a second time with sides swapped and `checks` have an obvious answer.
    """

    __tablename__ = "ab_tests"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True, default=new_token)
    name: Mapped[str] = mapped_column(String(200))
    question: Mapped[str] = mapped_column(String(200))
    status: Mapped[Status] = mapped_column(String(10), default="painting")
    created: Mapped[float]  # seconds since 1970
    trials: Mapped[int]
    repeats: Mapped[int]
    checks: Mapped[int]


class Entrant(Base):
    """A model in a test; `source` is what `pleinair.styles.load` finds it by."""

    __tablename__ = "ab_entrants"
    __table_args__ = (UniqueConstraint("test_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("ab_tests.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(Text)


class Content(Base):
    """A photo or clip that all entrants paint, in one style; width and height in pixels.

    `frames` and `rate` (whole frames per second) are 0 for a photo. `style` is empty where every
    model has its own.
    """

    __tablename__ = "ab_contents"
    __table_args__ = (UniqueConstraint("test_id", "name", "style"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("ab_tests.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    style: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(Text)
    width: Mapped[int]
    height: Mapped[int]
    frames: Mapped[int] = mapped_column(default=0)
    rate: Mapped[int] = mapped_column(default=0)


class Medium(Base):
    """A painted file; its id is its address and its name on disk, and says nothing.

    Without an entrant it is the spoilt one for checks. It counts once it is `painted`.
    """

    __tablename__ = "ab_media"
    __table_args__ = (UniqueConstraint("content_id", "entrant_id"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_token)
    test_id: Mapped[int] = mapped_column(ForeignKey("ab_tests.id", ondelete="CASCADE"), index=True)
    content_id: Mapped[int] = mapped_column(ForeignKey("ab_contents.id", ondelete="CASCADE"))
    entrant_id: Mapped[int | None] = mapped_column(ForeignKey("ab_entrants.id", ondelete="CASCADE"))
    painted: Mapped[bool] = mapped_column(default=False)


class Rater(Base):
    """Somebody who rates, known by a random token alone."""

    __tablename__ = "ab_raters"
    id: Mapped[int] = mapped_column(primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("ab_tests.id", ondelete="CASCADE"), index=True)
    token: Mapped[str] = mapped_column(String(32), unique=True, default=new_token)
    created: Mapped[float]


class Showing(Base):
    """A pair that a rater is shown: at most once of each kind, at one place in the sequence."""

    __tablename__ = "ab_showings"
    __table_args__ = (
        UniqueConstraint("rater_id", "place"),
        UniqueConstraint("rater_id", "kind", "pair"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_token)
    rater_id: Mapped[int] = mapped_column(ForeignKey("ab_raters.id", ondelete="CASCADE"))
    place: Mapped[int]
    kind: Mapped[Kind] = mapped_column(String(8))
    pair: Mapped[str] = mapped_column(String(64))  # content and both entrants, whichever side
    content_id: Mapped[int] = mapped_column(ForeignKey("ab_contents.id", ondelete="CASCADE"))
    left_id: Mapped[str] = mapped_column(ForeignKey("ab_media.id", ondelete="CASCADE"))
    right_id: Mapped[str] = mapped_column(ForeignKey("ab_media.id", ondelete="CASCADE"))


class Vote(Base):
    """What a rater said of a showing: once, under an id that the rater's page has made."""

    __tablename__ = "ab_votes"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    showing_id: Mapped[str] = mapped_column(
        ForeignKey("ab_showings.id", ondelete="CASCADE"), unique=True
    )
    choice: Mapped[Choice] = mapped_column(String(5))
    milliseconds: Mapped[int]  # from both pictures being seen to the choice
    time: Mapped[float]  # seconds since 1970
