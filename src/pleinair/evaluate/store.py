"""Results on disk by what they were computed from, so that work is done once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pleinair.evaluate.models import Pixels
from pleinair.video import read_picture, write_picture
from pleinair.whole import whole

VERSION = 1
"""Raised whenever a figure is measured in another way."""


class Store:
    """A folder of small JSON files and PNG pictures, named by a hash of what they depend on.

    Files appear whole or not at all. One that can't be read is computed again.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def value(
        self, part: str, depends: Any, compute: Callable[[], Any], *, again: bool = False
    ) -> Any:
        """The JSON value of ``part`` for ``depends`` (JSON values).

        It is computed if it isn't there, or if it is wanted ``again``.
        """
        path = self._path(part, depends, ".json")
        if not again:
            try:
                return json.loads(path.read_text())
            except (FileNotFoundError, json.JSONDecodeError):
                pass
        value = compute()
        with whole(path) as partial:
            partial.write_text(json.dumps(value))
        return value

    def picture(self, part: str, depends: Any, compute: Callable[[], Pixels]) -> Pixels:
        """The picture of ``part`` for ``depends`` (JSON values), computed if it isn't there."""
        path = self._path(part, depends, ".png")
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_picture(path, compute())
        return read_picture(path)

    def _path(self, part: str, depends: Any, suffix: str) -> Path:
        text = json.dumps([VERSION, part, depends], sort_keys=True)
        return self.folder / f"{part}-{hashlib.sha256(text.encode()).hexdigest()[:20]}{suffix}"
