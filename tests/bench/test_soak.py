"""Nothing grows while frames of all sizes and styles are painted."""

from __future__ import annotations

from dataclasses import replace

import pleinair
from bench import soak


def test_nothing_grows() -> None:
    marks = list(soak.paint(pleinair.load("sketch", threads=1), 6000, marks=6))
    assert marks[-1].frames == 6000
    assert soak.growth(marks[0], marks[-1]) == ""


def test_what_grows_is_told() -> None:
    before = soak.Taken(1, 0, 0, 0)
    for field in ("resident", "given", "objects"):
        assert "8,388,608" in soak.growth(before, replace(before, **{field: 8 << 20}))
