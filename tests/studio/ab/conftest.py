"""Tests whose pictures are there already, and their raters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="needs sqlalchemy (pip)")
pytest.importorskip("fastapi", reason="needs nicegui (pip)")

from bench.ab import plain_test
from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import AbTest

MakeTest = Callable[..., AbTest]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = Store(tmp_path / "ab")
    yield kept
    kept.close()


@pytest.fixture
def make_test(store: Store) -> MakeTest:
    """Makes an open test with plain colours for pictures."""

    def make(
        models: int = 3, contents: int = 4, trials: int = 10, repeats: int = 1, checks: int = 2
    ) -> AbTest:
        return plain_test(store, models, contents, trials, repeats, checks)

    return make
