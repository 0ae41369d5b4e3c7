"""Which styles there are, and where their model files lie."""

from __future__ import annotations

import os
from pathlib import Path

_BUNDLED = Path(__file__).parent


class StyleError(ValueError):
    """A style that isn't there or isn't one, or a frame that a style can't paint."""


def user_folder() -> Path:
    """Where a user's own styles lie: `$PLEINAIR_STYLES`, or `~/.local/share/pleinair/styles`."""
    own = os.environ.get("PLEINAIR_STYLES")
    return Path(own) if own else Path.home() / ".local" / "share" / "pleinair" / "styles"


def catalogue() -> dict[str, Path]:
    """Give the model file of every style by name: bundled ones first, then the user's own.

    A style's name is that of its file without `.onnx`. A user's style hides a bundled one of the
    same name.
    """
    bundled = {path.stem: path for path in sorted(_BUNDLED.glob("*.onnx"))}
    own = {path.stem: path for path in sorted(user_folder().glob("*.onnx"))}
    return bundled | own


def find(name_or_path: str | os.PathLike[str]) -> Path:
    """Give the model file of a style by its name or path.

    Raises:
        StyleError: no style of that name, no file at that path.
    """
    styles = catalogue()
    if (name := os.fspath(name_or_path)) in styles:
        return styles[name]
    path = Path(name)
    if path.is_file():
        return path
    if path.suffix == ".onnx" or len(path.parts) > 1:
        raise StyleError(f"{path}: no such style file")
    raise StyleError(f"no style named {name!r} (there are: {', '.join(styles) or 'none'})")
