"""Contact sheets: what is where on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pleinair.evaluate.inputs import Photo
from pleinair.evaluate.models import open_painters
from pleinair.evaluate.sheet import contact_sheet, drawn_sources, read_sources, spaced


def test_unpainted_above_painted(
    negative_file: Callable[..., Path], photos: list[Photo], photo_folder: Path
) -> None:
    (painter,) = open_painters(str(negative_file()), threads=1)
    tile, rows = (160, 120), 0

    def advance() -> None:
        nonlocal rows
        rows += 1

    entries = [(painter, None), (painter, photo_folder / "photo0.png")]
    sheet = contact_sheet(entries, [photo.pixels for photo in photos], tile, advance)
    assert rows == 2
    left = sheet.shape[1] - 2 * (tile[0] + 6)
    for column, photo in enumerate(photos):
        x = left + column * (tile[0] + 6)
        for row, expected in enumerate([photo.pixels, 255 - photo.pixels, 255 - photo.pixels]):
            y = 6 + row * (tile[1] + 6)
            np.testing.assert_array_equal(sheet[y : y + 120, x : x + 160], expected)
    named = sheet[6 + 126 : 6 + 246, : left - 6]
    assert (named < 128).any()  # the name is written there


@pytest.mark.parametrize(
    ("total", "count", "expected"), [(150, 3, [25, 75, 125]), (4, 4, [0, 1, 2, 3]), (2, 5, [0, 1])]
)
def test_spaced(total: int, count: int, expected: list[int]) -> None:
    assert spaced(total, count) == expected


def test_photos_and_frames(photo_folder: Path) -> None:
    sources = read_sources([photo_folder], [photo_folder], count=2, frames=3)
    assert [source.shape for source in sources] == [(120, 160, 3)] * 5


def test_the_scene_where_nothing_is_given() -> None:
    early, late = drawn_sources(2)
    assert early.shape == late.shape == (540, 960, 3)
    assert not np.array_equal(early, late)
