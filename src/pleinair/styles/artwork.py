"""What a model file says of the styles in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


class StyleError(ValueError):
    """A style that isn't there or isn't one, or a frame that a style can't paint."""


@dataclass(frozen=True)
class Artwork:
    """A style's name, and what it is made after."""

    name: str
    title: str
    artist: str = ""
    year: str = ""


def artworks(metadata: Mapping[str, str], name: str) -> tuple[Artwork, ...]:
    """Read a model's metadata: its styles in the order of the input `style`.

    They are listed in `pleinair.styles`, as JSON; a file without it holds one style, told by
    `pleinair.name`, `pleinair.title` and so on, or called `name`.

    Raises:
        StyleError: the list isn't one, or has a name twice.
    """
    listed = metadata.get("pleinair.styles")
    if listed is None:
        facts = {key: metadata.get(f"pleinair.{key}") for key in ("name", "title", *_MORE)}
        return (_artwork({key: text for key, text in facts.items() if text is not None}, name),)
    try:
        entries = json.loads(listed)
        works = tuple(_artwork(entry, str(entry["name"])) for entry in entries)
    except (ValueError, TypeError, KeyError, AttributeError):
        works = ()
    if not works or len({work.name for work in works}) < len(works):
        raise StyleError(f"{name}: its metadata 'pleinair.styles' is no list of different styles")
    return works


_MORE = ("artist", "year")


def _artwork(facts: Mapping[str, object], name: str) -> Artwork:
    name = str(facts.get("name", name))
    more = {key: str(facts.get(key, "")) for key in _MORE}
    return Artwork(name, str(facts.get("title", name)), **more)
