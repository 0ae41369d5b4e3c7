"""A style: a network that paints frames."""

from __future__ import annotations

import os
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pleinair.engine import EngineError, Picture, Session
from pleinair.styles.catalogue import StyleError, find

MINIMUM = 16
"""Smallest width and height, in pixels, that a style paints."""


class Style:
    """Paints frames of any size in one style.

    Args:
        session: a loaded model with one input `image`, uint8 [1, height, width, 3] RGB, and one
            output `painted` of the same shape and type.
        name: what the style is called if its metadata doesn't say.

    Raises:
        StyleError: the model has other inputs or outputs.
    """

    def __init__(self, session: Session, name: str = "unnamed") -> None:
        self.session = session
        self.metadata: dict[str, str] = session.metadata
        self.name = self.metadata.get("pleinair.name", name)
        self.title = self.metadata.get("pleinair.title", self.name)
        inputs = [(value.name, np.dtype(value.dtype)) for value in session.inputs]
        outputs = [(value.name, np.dtype(value.dtype)) for value in session.outputs]
        pixels = np.dtype(np.uint8)
        if inputs != [("image", pixels)] or outputs != [("painted", pixels)]:
            raise StyleError(
                f"{name}: not a style: it maps {_listed(inputs)} to {_listed(outputs)}, "
                "not image (uint8) to painted (uint8)"
            )

    def __call__(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Paint one frame.

        Args:
            frame: H×W×3 uint8 RGB, at least 16 pixels high and wide.

        Returns:
            A new array of the same shape and type.

        Raises:
            StyleError: another shape or type, or too small.
        """
        if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8:
            kind = frame.dtype if isinstance(frame, np.ndarray) else type(frame).__name__
            raise StyleError(f"a frame is an array of uint8, not {kind}")
        if frame.ndim != 3 or frame.shape[2] != 3:
            raise StyleError(f"a frame is height × width × 3 (RGB), not {_times(frame.shape)}")
        _check_size(*frame.shape[1::-1])
        painted = self.session.run({"image": np.ascontiguousarray(frame)[np.newaxis]})["painted"]
        return np.asarray(painted[0], np.uint8)

    @cached_property
    def takes_pictures(self) -> bool:
        """Whether `paint` works: the network begins and ends with rows of pixels."""
        empty = np.zeros((MINIMUM, MINIMUM, 3), np.uint8)
        tiny = Picture((empty,), mirrored=True)
        try:
            self.session.paint(tiny)
            self.session.paint(empty, tiny)
        except EngineError as error:
            if error.code == "unsupported":
                return False
            raise
        return True

    def paint(self, image: Picture, out: Picture) -> None:
        """Paint a picture of any format onto another of the same size, without RGB in between.

        Raises:
            StyleError: the picture is too small.
            pleinair.engine.EngineError: the network doesn't take pictures (see `takes_pictures`).
        """
        _check_size(image.width, image.height)
        self.session.paint(image, out)

    def __repr__(self) -> str:
        return f"Style({self.name!r})"


def load(name_or_path: str | os.PathLike[str], *, threads: int | None = None) -> Style:
    """Load a style.

    Args:
        name_or_path: a name from `catalogue`, or the path of a model file.
        threads: how many to paint with; as many as there are processor cores if None.

    Raises:
        StyleError: no such style, or the file isn't a style that the engine runs.
    """
    path = find(name_or_path)
    try:
        session = Session(path, threads=threads)
    except EngineError as error:
        raise StyleError(f"{path}: {error}") from error
    return Style(session, path.stem)


def _check_size(width: int, height: int) -> None:
    if min(width, height) < MINIMUM:
        raise StyleError(
            f"a frame of {width}×{height} pixels is too small (at least {MINIMUM}×{MINIMUM})"
        )


def _listed(values: list[tuple[str, np.dtype[np.generic]]]) -> str:
    return ", ".join(f"{name} ({kind})" for name, kind in values) or "nothing"


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "a single number"
