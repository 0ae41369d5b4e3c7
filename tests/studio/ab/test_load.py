"""Raters at once over HTTP, the server killed in between; `python -m bench.ab load` is larger."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench import postgres
from bench.ab import run_load

RATERS, VOTES = 12, 20


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The URL of an empty database; skips without PostgreSQL, but fails in CI."""
    pytest.importorskip("psycopg", reason="needs psycopg (pip)")
    if postgres.find_programs() is None:
        reason = "needs PostgreSQL (apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with postgres.server() as url:
        yield url


def check(folder: Path, database: str | None) -> None:
    # In a thread of its own: this one may have the event loop of the tests' browser.
    with ThreadPoolExecutor(1) as elsewhere:
        run = elsewhere.submit(run_load, folder, database, RATERS, VOTES, think=0.05)
        load, found = run.result()
    assert len(load.sent) == RATERS * VOTES
    assert found == {"kept": RATERS * VOTES, "same": True, "counted": RATERS * VOTES}
    assert load.failures > 0  # the server was away


def test_every_vote_counts_once_on_sqlite(tmp_path: Path) -> None:
    check(tmp_path, None)


def test_every_vote_counts_once_on_postgresql(tmp_path: Path, postgresql: str) -> None:
    check(tmp_path, postgresql)
