"""Models to paint with: files of ours and of others, and a folder of those that people bring."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np

from pleinair.engine.session import available_cores
from pleinair.studio.files import shown_name
from pleinair.styles import StyleError, load
from pleinair.video.stylize import Paint
from pleinair.whole import whole

BYTES = 250_000_000
_COUNT = 100


def opened(source: str, style: str = "") -> Paint:
    """What paints as a model does, in one of its styles or its first.

    Args:
        source: name or file of a model: a style of ours, any that `pleinair evaluate` reads.
        style: its name within the model; "" for the first.

    Raises:
        StyleError: there is no such model or style, or it is none that paints.
    """
    own: StyleError | None = None
    if not source.endswith(".pb"):
        try:
            return load(style, model=source) if style else load(source)
        except StyleError as error:
            own = error
    if not Path(source).is_file():
        raise own or StyleError(f"{source}: no such file")
    try:
        from pleinair.evaluate.models import open_painters
    except ImportError as error:
        raise own or StyleError(str(error)) from error
    painters = open_painters(source, available_cores())
    chosen = [painter for painter in painters if painter.style == style] if style else painters
    if not chosen:
        raise own or StyleError(f"{source}: no style {style!r}")
    return chosen[0].paint


class Models:
    """A folder of ONNX files that people bring, each in a folder named by its content."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Path]:
        """What is there, the newest first."""
        return sorted(self.folder.glob("*/*.onnx"), key=lambda path: -path.stat().st_mtime_ns)

    def add(self, name: str, content: bytes) -> Path:
        """Keep a model under a name made of `name`.

        Raises:
            StyleError: it is too large, nothing that paints, or there are too many.
        """
        title = shown_name(name)
        place = self.folder / hashlib.sha256(content).hexdigest()[:20]
        for path in place.glob("*.onnx"):
            path.touch()
            return path
        if len(content) > BYTES:
            raise StyleError(f"{title}: models may have {BYTES // 1_000_000} MB")
        if len(self.all()) >= _COUNT:
            raise StyleError(f"{_COUNT} models are here already: delete some in {self.folder}")
        path = place / f"{'-'.join(re.findall(r'[A-Za-z0-9]+', title)) or 'model'}.onnx"
        try:
            with whole(path) as partial:
                partial.write_bytes(content)
                _try_out(opened(str(partial)))
        except StyleError as error:
            place.rmdir()
            words = str(error).replace(str(partial), title).replace(partial.stem, title)
            raise StyleError(words if title in words else f"{title}: {words}") from error
        return path


def _try_out(paint: Paint) -> None:
    """Paint a grey picture; StyleError where that makes none."""
    frame = np.full((64, 96, 3), 128, np.uint8)
    try:
        painted = paint(frame)
        right = painted.shape == frame.shape and painted.dtype == frame.dtype
    except Exception as error:  # a network that is for something else fails in its own way
        raise StyleError("not a style: it paints no picture") from error
    if not right:
        raise StyleError("not a style: what it paints is no picture of the same size")
