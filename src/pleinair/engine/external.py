"""Weights that a model keeps in files beside it, put into the model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath

from pleinair.engine.library import EngineError
from pleinair.engine.wire import changed, fields, packed

# Field numbers of onnx.proto.
_GRAPH, _INITIALIZER = 7, 5
_NAME, _RAW, _EXTERNAL, _LOCATION = 8, 9, 13, 14
_KEY, _VALUE = 1, 2


def with_external_data(model: bytes, folder: Path) -> bytes:
    """Give the ONNX file `model` with the initializers that it keeps in other files.

    Those must lie in `folder`, where the model does, or below it. A model without any, and what is
    no model, comes back as it is.

    Raises:
        EngineError: a name that leads out of the folder, a file that isn't there or is too short.
    """
    try:
        return changed(model, _GRAPH, lambda graph: changed(graph, _INITIALIZER, _loader(folder)))
    except ValueError:
        return model  # the engine says what is wrong with it


def _loader(folder: Path) -> Callable[[bytes], bytes]:
    def load(tensor: bytes) -> bytes:
        if b"location" not in tensor:
            return tensor
        parts = list(fields(tensor))
        if not any(number == _LOCATION and value == 1 for number, value, _ in parts):
            return tensor
        name = b"".join(v for n, v, _ in parts if n == _NAME and isinstance(v, bytes)).decode()
        entries = dict(_entry(v) for n, v, _ in parts if n == _EXTERNAL and isinstance(v, bytes))
        kept = b"".join(raw for n, _, raw in parts if n not in (_EXTERNAL, _LOCATION, _RAW))
        return kept + packed(_RAW, _read(folder, name, entries))

    return load


def _read(folder: Path, tensor: str, entries: dict[str, str]) -> bytes:
    location = entries.get("location", "")
    parts = PurePosixPath(location).parts
    outside = not parts or PurePosixPath(location).is_absolute() or ".." in parts
    if outside or "\\" in location or PureWindowsPath(location).drive or "\0" in location:
        raise _error(tensor, f"{location!r} is no file in the model's folder")
    path = (folder / location).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise _error(tensor, f"{location!r} leads out of the model's folder")
    if not path.is_file():
        raise _error(tensor, f"{location!r} isn't there")
    size = path.stat().st_size
    offset, length = entries.get("offset", "0"), entries.get("length", "")
    if not offset.isdecimal() or (length and not length.isdecimal()):
        raise _error(tensor, f"{location!r} from {offset!r}, {length!r} bytes: no numbers")
    first = int(offset)
    count = int(length) if length else max(size - first, 0)
    if first + count > size:
        raise _error(tensor, f"{location!r} has {size} bytes, not {first + count}")
    with path.open("rb") as file:
        file.seek(first)
        return file.read(count)


def _error(tensor: str, what: str) -> EngineError:
    return EngineError("invalid model", f"tensor {tensor!r} keeps its data in another file: {what}")


def _entry(content: bytes) -> tuple[str, str]:
    texts = {n: v.decode() for n, v, _ in fields(content) if isinstance(v, bytes)}
    return texts.get(_KEY, ""), texts.get(_VALUE, "")
