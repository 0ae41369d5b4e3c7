"""Which styles there are, and in which model files they lie."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path

from pleinair.engine import EngineError, Session
from pleinair.engine.library import library
from pleinair.styles.artwork import Artwork, StyleError, artworks
from pleinair.styles.mixture import parse_mixture

MODELS = ("sketch", "easel", "mural")
"""Shipped models of many styles, from the fastest to the finest."""

DEFAULT_MODEL = "easel"

_BUNDLED = Path(__file__).parent


def user_folder() -> Path:
    """Where a user's own styles lie: `$PLEINAIR_STYLES`, or `~/.local/share/pleinair/styles`."""
    own = os.environ.get("PLEINAIR_STYLES")
    return Path(own) if own else Path.home() / ".local" / "share" / "pleinair" / "styles"


def catalogue(model: str | None = None) -> dict[str, Path]:
    """Give the model file of every style by name: bundled ones first, then the user's own.

    A file of several styles says their names; the name of a style that is alone in its file is the
    file's without `.onnx`. A user's style hides a bundled one of the same name; of bundled models
    with the same styles, the default one is taken.

    Args:
        model: the styles of this model alone: one of `MODELS`, or the name of another file.

    Raises:
        StyleError: no such model.
    """
    return {work.name: path for path in model_files(model) for work in works(path)}


def works(path: Path) -> tuple[Artwork, ...]:
    """Say what is in a model file; one that can't be read counts as one style."""
    return _works(path, path.stat().st_mtime_ns)


@cache
def _works(path: Path, _changed: int) -> tuple[Artwork, ...]:
    library()  # an engine that can't be loaded is no fault of the file's
    try:
        found = artworks(Session(path, threads=1).metadata, path.stem)
    except (EngineError, StyleError):
        return (Artwork(path.stem, path.stem),)
    return found if len(found) > 1 else (replace(found[0], name=path.stem),)


def model_files(model: str | None = None) -> list[Path]:
    """Give the model files, all or the one of this name: later ones hide styles of earlier ones.

    Raises:
        StyleError: no such model.
    """
    rank = {name: place for place, name in enumerate((*MODELS, DEFAULT_MODEL), 1)}
    bundled = sorted(_BUNDLED.glob("*.onnx"), key=lambda path: (rank.get(path.stem, 0), path.stem))
    own = sorted(user_folder().glob("*.onnx"))
    files = {path.stem: path for path in (*bundled, *own)}
    if model is None:
        return [*bundled, *own]
    if model in files:
        return [files[model]]
    if Path(model).is_file():
        return [Path(model)]
    raise StyleError(f"no model named {model!r} (there are: {', '.join(files) or 'none'})")


def find(name_or_path: str | os.PathLike[str], model: str | None = None) -> Path:
    """Give the model file of a style, of a mixture of styles, or of a model.

    Args:
        name_or_path: a name from `catalogue`, a mixture of such (see `parse_mixture`), the name of
            a model file or its path.
        model: look in this model alone, see `catalogue`.

    Raises:
        StyleError: no style of that name, no file at that path, or none with the whole mixture.
    """
    styles, name = catalogue(model), os.fspath(name_or_path)
    if name in styles:
        return styles[name]
    path = Path(name)
    if model is None and path.is_file():
        return path
    for file in reversed(model_files(model)):
        if file.stem == name:
            return file
    if path.suffix == ".onnx" or len(path.parts) > 1:
        raise StyleError(f"{path}: no such style file")
    shares = parse_mixture(name)
    for part in shares:
        if part not in styles:
            where = "" if model is None else f" in {model}"
            known = ", ".join(styles) or "none"
            raise StyleError(f"no style named {part!r}{where} (there are: {known})")
    for file in reversed(model_files(model)):
        if shares.keys() <= {work.name for work in works(file)}:
            return file
    raise StyleError(f"{' and '.join(shares)} can't be mixed: no model has them all")
