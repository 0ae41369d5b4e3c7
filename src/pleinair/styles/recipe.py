"""All that makes a style, to have the same one in another process or on another machine."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache

from pleinair.engine import Session
from pleinair.styles.catalogue import find
from pleinair.styles.style import Style, load


@dataclass(frozen=True)
class Recipe:
    """A model file's bytes, and the settings of a `Style` with it. Can be pickled and hashed.

    `weights` are those of the model's styles; `threads` is how many to paint with, all if None;
    `device` is one of `Session`.
    """

    model: bytes
    name: str
    weights: tuple[float, ...]
    strength: float
    colours: float
    smoothing: float
    threads: int | None
    device: str = "cpu"

    def style(self) -> Style:
        """Give the style, the same object each time, as if it had painted nothing yet."""
        style = _made(self)
        style.reset()
        return style

    @property
    def digest(self) -> str:
        """Give what tells paintings apart: recipes with the same one paint the same."""
        settings = (self.weights, self.strength, self.colours, self.smoothing)
        return hashlib.sha256(self.model + repr(settings).encode()).hexdigest()


def recipe(
    name_or_path: str | os.PathLike[str],
    *,
    model: str | None = None,
    threads: int | None = None,
    smoothing: float = 0.0,
    strength: float = 1.0,
    colours: float = 0.0,
    device: str = "cpu",
) -> Recipe:
    """Say how to make a style, after making it once: arguments and errors are those of `load`."""
    style = load(name_or_path, model=model, threads=threads, smoothing=smoothing, device=device)
    style.strength, style.colours = strength, colours
    path = find(name_or_path, model)
    weights = tuple(style.weights.tolist())
    data = path.read_bytes()
    return Recipe(data, path.stem, weights, strength, colours, smoothing, threads, device)


@lru_cache(maxsize=2)
def _made(of: Recipe) -> Style:
    session = Session(of.model, threads=of.threads, smoothing=of.smoothing, device=of.device)
    style = Style(session, of.name)
    style.select(of.weights)
    style.strength, style.colours = of.strength, of.colours
    return style
