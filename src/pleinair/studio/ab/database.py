"""A database by its URL: SQLite as a file, or PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from pleinair.studio.ab.tables import Base

_CONNECTIONS = 20  # kept open: a new one for each burst of votes would take longer than the votes
_WAIT = 15_000  # milliseconds that a writer of SQLite waits for another process's


class DatabaseError(ValueError):
    """A database that can't be used, and why."""


class Database:
    """Sessions that read, and sessions that write in one transaction.

    With SQLite the log is written ahead and flushed at each commit, so a vote that was answered
    survives the loss of power; writers of this process queue here, those of others at the file.

    Args:
        url: as SQLAlchemy takes it, for example `sqlite:///votes.sqlite` or
            `postgresql+psycopg://user@host/name`.

    Raises:
        DatabaseError: not a URL, a driver is missing, or the database can't be opened.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
            if parsed.drivername == "postgresql":
                parsed = parsed.set(drivername="postgresql+psycopg")
            shown = parsed.render_as_string(hide_password=True)
            self._engine = create_engine(parsed, pool_pre_ping=True, pool_size=_CONNECTIONS)
        except (ArgumentError, NoSuchModuleError) as error:
            raise DatabaseError(f"{url}: not the URL of a database") from error
        except ImportError as error:
            raise DatabaseError(
                f"PostgreSQL needs the package {error.name}: "
                'run  pip install "pleinair[postgresql]"'
            ) from error
        sqlite = self._engine.dialect.name == "sqlite"
        self._writers = threading.Lock() if sqlite else nullcontext()
        if sqlite:
            event.listen(self._engine, "connect", _prepare)
            event.listen(self._engine, "begin", _begin)
        self._writing = self._engine.execution_options(immediate=True)
        try:
            with self._writers:
                Base.metadata.create_all(self._writing)
        except OperationalError as error:
            raise DatabaseError(f"{shown}: {' '.join(str(error.orig).split())}") from error

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are all kept when the block ends well, and none otherwise."""
        with (
            self._writers,
            Session(self._writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say so
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_WAIT}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # One that reads first and writes later could find its state outdated, and fail.
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
