"""Which painting a style was learnt from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pleinair.evaluate.models import Painter, Pixels
from pleinair.train.data import SUFFIXES, read_image

_USUAL_SIZE = 640  # the trainer's


@dataclass(frozen=True)
class Painting:
    """A painting's file, and the longer side in pixels at which it is looked at."""

    path: Path
    size: int

    @property
    def name(self) -> str:
        """The file's name in words."""
        return self.path.stem.replace("_", " ")

    @property
    def key(self) -> str:
        """Hash of its content."""
        return hashlib.sha256(self.path.read_bytes() + str(self.size).encode()).hexdigest()

    def pixels(self) -> Pixels:
        """The painting at its size, H×W×3 uint8."""
        return np.asarray(read_image(self.path, longer=self.size))


def find_painting(
    painter: Painter, folder: Path | None, named: Mapping[str, Path], size: int | None
) -> Painting | None:
    """The painting of a painter's style, or ``None``.

    It is the one in ``named`` under the style's name, or the file in ``folder`` that the training
    record names, or the one there that is called like the style. It is looked at in ``size``,
    or as in training.
    """
    path = named.get(painter.style)
    if path is None and folder is not None:
        there = {p.name: p for p in sorted(folder.iterdir()) if p.suffix.lower() in SUFFIXES}
        called = {_plain(p.stem): p for p in there.values()}
        path = there.get(str(painter.record.get("painting"))) or called.get(_plain(painter.style))
    if path is None:
        return None
    return Painting(path, size or int(painter.record.get("painting_size") or _USUAL_SIZE))


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(" ", "-").removeprefix("the-").removeprefix("a-")
