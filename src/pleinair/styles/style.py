"""A style: a network that paints frames."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pleinair.engine import EngineError, Picture, Session
from pleinair.styles.artwork import Artwork, StyleError, artworks
from pleinair.styles.catalogue import find
from pleinair.styles.mixture import parse_mixture

MINIMUM = 16
"""Smallest width and height, in pixels, that a style paints."""

Choice: TypeAlias = str | Mapping[str, float] | Sequence[float] | NDArray[np.floating]
"""A style of a network's, or several: a name or a mixture as `parse_mixture` reads it, a weight for
each of some names, or weights of all of `Style.names`."""


class Style:
    """Paints frames of any size in one style, or a mixture of those that its network has.

    What is set takes effect with the next frame: a fade from one style to another is other weights
    for each frame.

    Args:
        session: a loaded model with the input `image`, uint8 [1, height, width, 3] RGB, and one
            output `painted` of the same shape and type. After `image` there may be float32 inputs:
            `style` (a weight for each style), `strength` and `colours` (one number of 0 to 1).
        name: what the style is called if its metadata doesn't say.

    Raises:
        StyleError: the model has other inputs or outputs.
    """

    def __init__(self, session: Session, name: str = "unnamed") -> None:
        self.session = session
        self.metadata: dict[str, str] = session.metadata
        _check_ports(session, name)
        self.artworks = artworks(self.metadata, name)
        self._inputs: dict[str, NDArray[np.float32]] = {}  # what the engine reads for each frame
        for value in session.inputs[1:]:
            count = len(self.artworks) if value.name == "style" else 1
            if value.shape != (count,):
                raise StyleError(f"{name}: its input {value.name!r} isn't {count} numbers")
            self._inputs[value.name] = np.zeros(count, np.float32)
        if "style" not in self._inputs and len(self.artworks) > 1:
            raise StyleError(f"{name}: it lists several styles and has no input 'style'")
        self.select(self.names[0])
        self.strength, self.colours = 1.0, 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """The styles that the network has."""
        return tuple(work.name for work in self.artworks)

    @property
    def weights(self) -> NDArray[np.float32]:
        """How much of each of `names` is painted: float32, a copy."""
        return self._weights.copy()

    def select(self, choice: Choice) -> None:
        """Choose a style, or weights; any numbers will do, and those of a mixture add up to 1.

        Raises:
            StyleError: a name that the network doesn't have, or as many weights as it hasn't.
        """
        if isinstance(choice, str):
            choice = {choice: 1.0} if choice in self.names else parse_mixture(choice)
        if isinstance(choice, Mapping):
            for name in choice:
                if name not in self.names:
                    known = ", ".join(self.names)
                    raise StyleError(f"no style named {name!r} in this model (it has: {known})")
            choice = [float(choice.get(name, 0.0)) for name in self.names]
        weights = np.asarray(choice, np.float32)
        if weights.shape != (len(self.names),) or not np.isfinite(weights).all():
            raise StyleError(f"{len(self.names)} styles need as many weights, finite numbers")
        self._weights = weights.copy()
        if "style" in self._inputs:
            self._inputs["style"][:] = weights

    @property
    def name(self) -> str:
        """What is selected."""
        return "+".join(work.name for work, _ in self._selected())

    @property
    def title(self) -> str:
        """What is selected, for people."""
        chosen = self._selected()
        if len(chosen) == 1:
            return chosen[0][0].title
        return ", ".join(f"{weight:.0%} {work.title}" for work, weight in chosen)

    @property
    def strength(self) -> float:
        """How much of the painting is seen over the photo: 0 to 1. StyleError where it is fixed."""
        return self._strength

    @strength.setter
    def strength(self, value: float) -> None:
        self._strength = self._set("strength", value, 1.0)

    @property
    def colours(self) -> float:
        """How much of the photo's own colours stays: 0 to 1. StyleError where it is fixed."""
        return self._colours

    @colours.setter
    def colours(self, value: float) -> None:
        self._colours = self._set("colours", value, 0.0)

    def __call__(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Paint one frame.

        Args:
            frame: H×W×3 uint8 RGB, at least 16 pixels high and wide.

        Returns:
            A new array of the same shape and type.

        Raises:
            StyleError: another shape or type, or too small.
        """
        return self.begin(frame)()

    def begin(self, frame: NDArray[np.uint8]) -> Callable[[], NDArray[np.uint8]]:
        """Begin to paint one frame, as by calling; what is returned waits for the painting.

        On a GPU `in_flight` frames may be under way at once. The frame must not change meanwhile.
        """
        if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8:
            kind = frame.dtype if isinstance(frame, np.ndarray) else type(frame).__name__
            raise StyleError(f"a frame is an array of uint8, not {kind}")
        if frame.ndim != 3 or frame.shape[2] != 3:
            raise StyleError(f"a frame is height × width × 3 (RGB), not {_times(frame.shape)}")
        _check_size(*frame.shape[1::-1])
        image = np.ascontiguousarray(frame)[np.newaxis]
        settings = {name: value.copy() for name, value in self._inputs.items()}
        finish = self.session.begin({"image": image, **settings})
        return lambda: np.asarray(finish()["painted"][0], np.uint8)

    @property
    def in_flight(self) -> int:
        """How many frames are worth being under way at once."""
        return self.session.in_flight

    @cached_property
    def takes_pictures(self) -> bool:
        """Whether `paint` takes luma and chroma: the processor does, where it has rows."""
        if self.session.device != "cpu":
            return False
        empty = np.zeros((MINIMUM, MINIMUM, 3), np.uint8)
        tiny = Picture((empty,), mirrored=True)
        try:
            self.session.paint(tiny, inputs=self._inputs)
            self.session.paint(empty, tiny, inputs=self._inputs)
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
        self.session.paint(image, out, inputs=self._inputs)

    def reset(self) -> None:
        """Forget the frames before, where they are smoothed: for the first one after a cut."""
        self.session.reset()

    def _selected(self) -> list[tuple[Artwork, float]]:
        """What has a weight; the first where nothing has."""
        pairs = list(zip(self.artworks, self._weights.tolist(), strict=True))
        return [pair for pair in pairs if pair[1]] or pairs[:1]

    def _set(self, name: str, value: float, fixed: float) -> float:
        if not 0 <= value <= 1:
            raise StyleError(f"{name} is of 0 to 1, not {value}")
        if name in self._inputs:
            self._inputs[name][0] = value
        elif value != fixed:
            raise StyleError(f"{self.name}: this model has no input {name!r}")
        return float(value)

    def __repr__(self) -> str:
        return f"Style({self.name!r})"


def load(
    name_or_path: str | os.PathLike[str],
    *,
    model: str | None = None,
    threads: int | None = None,
    smoothing: float = 0.0,
    device: str = "cpu",
) -> Style:
    """Load a style.

    Args:
        name_or_path: a name from `catalogue`, a mixture of such (`a+b`, `a:0.7,b:0.3`), the name
            or the path of a model file (whose first style is selected).
        model: which model to paint with where several have the style, see `catalogue`.
        threads: how many to paint with; as many as there are processor cores if None.
        smoothing: against flicker in video, at least 0 (none) and less than 1, see `Session`.
        device: what to paint on: "cpu", "gpu", "cuda" or "auto", see `Session`.

    Raises:
        StyleError: no such style, or the file isn't a style that the engine runs.
    """
    path = find(name_or_path, model)
    try:
        session = Session(path, threads=threads, smoothing=smoothing, device=device)
    except EngineError as error:
        raise StyleError(f"{path}: {error}") from error
    style = Style(session, path.stem)
    text = os.fspath(name_or_path)
    if len(style.names) > 1 and text not in (path.stem, str(path)) and not Path(text).is_file():
        style.select(text)
    return style


def _check_ports(session: Session, name: str) -> None:
    inputs = [(value.name, np.dtype(value.dtype)) for value in session.inputs]
    outputs = [(value.name, np.dtype(value.dtype)) for value in session.outputs]
    pixels, number = np.dtype(np.uint8), np.dtype(np.float32)
    others = {(key, number) for key in ("style", "strength", "colours")}
    if (
        inputs[:1] != [("image", pixels)]
        or not set(inputs[1:]) <= others
        or outputs != [("painted", pixels)]
    ):
        raise StyleError(
            f"{name}: not a style: it maps {_listed(inputs)} to {_listed(outputs)}, "
            "not image (uint8) to painted (uint8)"
        )


def _check_size(width: int, height: int) -> None:
    if min(width, height) < MINIMUM:
        raise StyleError(
            f"a frame of {width}×{height} pixels is too small (at least {MINIMUM}×{MINIMUM})"
        )


def _listed(values: list[tuple[str, np.dtype[np.generic]]]) -> str:
    return ", ".join(f"{name} ({kind})" for name, kind in values) or "nothing"


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "a single number"
