"""What a file's metadata says of its styles."""

from __future__ import annotations

import json

import pytest

from pleinair.styles import Artwork, StyleError
from pleinair.styles.artwork import artworks


def test_one_style() -> None:
    facts = {"pleinair.name": "a", "pleinair.title": "An A", "pleinair.year": "1889"}
    assert artworks(facts, "file") == (Artwork("a", "An A", "", "1889"),)
    assert artworks({}, "file") == (Artwork("file", "file"),)


def test_many_styles_in_their_order() -> None:
    listed = [{"name": "b", "title": "B", "artist": "Me", "year": 1901}, {"name": "a"}]
    found = artworks({"pleinair.styles": json.dumps(listed)}, "file")
    assert found == (Artwork("b", "B", "Me", "1901"), Artwork("a", "a"))


@pytest.mark.parametrize(
    "listed",
    ["", "[", "[]", "{}", "3", '["a"]', '[{"title": "A"}]', '[{"name": "a"}, {"name": "a"}]'],
)
def test_a_list_that_is_none(listed: str) -> None:
    with pytest.raises(StyleError, match=r"file: its metadata 'pleinair\.styles' is no list of"):
        artworks({"pleinair.styles": listed}, "file")
