"""Tests whose pictures are there already, and their raters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("sqlalchemy", reason="needs sqlalchemy (pip)")
pytest.importorskip("fastapi", reason="needs nicegui (pip)")

from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import AbTest, Content, Entrant

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
        return open_test(store, models, contents, trials, repeats, checks)

    return make


def open_test(
    store: Store, models: int, contents: int, trials: int, repeats: int, checks: int
) -> AbTest:
    test = AbTest(
        name="secret name",
        question="Which looks better?",
        created=time.time(),
        trials=trials,
        repeats=repeats,
        checks=checks,
    )
    entrants = [Entrant(name=f"model{i}", source="") for i in range(models)]
    photos = [
        Content(name=f"photo{i}", style="", source="", width=48, height=32) for i in range(contents)
    ]
    store.add(test, entrants, photos)
    kept = {content.id: content for content in store.contents(test)}
    for index, medium in enumerate(store.media(test)):
        path = store.medium_path(medium, kept[medium.content_id])
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((32, 48, 3), 10 * (index % 25), np.uint8)).save(path)
        store.mark_painted(medium)
    store.set_status(test.token, "open")
    return store.test(test.token)
