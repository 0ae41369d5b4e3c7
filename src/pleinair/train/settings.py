"""Settings in dataclasses, as JSON values and back."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_json(value: Any) -> Any:
    """A setting as JSON has it: dataclasses as objects, tuples as lists, paths as text."""
    if is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def from_json(kind: type[T], values: dict[str, Any], what: str) -> T:
    """Inverse of :func:`to_json` for a dataclass; ``ValueError`` for a setting that it has not.

    ``what`` is what settings are called in the error, as in "training setting".
    """
    known = get_type_hints(kind)
    for name in values:
        if name not in known:
            raise ValueError(f"{what} {name!r} does not exist")
    return kind(**{name: _read(known[name], value, what) for name, value in values.items()})


def _read(kind: Any, value: Any, what: str) -> Any:
    """A JSON value as one of a type: of those that :func:`to_json` changes."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if value is None else _read(parts[0], value, what)
    if origin is tuple:
        return tuple(_read(parts[0], item, what) for item in value)
    if hasattr(kind, "from_dict"):
        return kind.from_dict(value)
    if is_dataclass(kind):
        return from_json(kind, value, what)  # type: ignore[arg-type]
    return Path(value) if kind is Path else value
