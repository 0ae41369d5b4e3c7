"""A model file with some of its styles.

Each style is a row of a table, which the network mixes by its input `style` (conditional instance
normalisation: Dumoulin, Shlens, Kudlur, "A Learned Representation for Artistic Style", 2017). With
fewer rows it is the same network: what it paints of a style does not change.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence

from pleinair.engine.wire import changed, fields, packed, varint
from pleinair.styles.artwork import StyleError

# Field numbers of onnx.proto.
_GRAPH, _METADATA, _KEY, _VALUE = 7, 14, 1, 2
_NODE, _CONSTANT, _INPUT = 1, 5, 11
_READS, _MAKES, _OPERATOR = 1, 2, 4
_DIMS, _NAME, _RAW = 1, 8, 9
_VALUE_NAME, _PATH_TO_LENGTH, _LENGTH = 1, (2, 1, 2, 1), 1

_Node = tuple[str, list[str], list[str]]  # operator, what it reads, what it makes


def pick_rows(model: bytes, metadata: Mapping[str, str], rows: Sequence[int]) -> bytes:
    """Give the style file `model` with these of its styles only, in this order.

    Args:
        model: an ONNX file whose input `style` is made one row by Reshape or Unsqueeze, and that
            multiplied with a table, float32 or float16 with a Cast.
        metadata: what `model` says of itself.
        rows: places in its list of styles, different ones and at least one.

    Raises:
        StyleError: the styles lie in no such table, or the metadata don't tell of them.
    """
    fewer = 0

    def picked(graph: bytes) -> bytes:
        nonlocal fewer
        shape, table = _shape_and_table(graph)
        graph = changed(graph, _INPUT, lambda value: _of_length(value, len(rows)))

        def tensor(content: bytes) -> bytes:
            nonlocal fewer
            name = _texts(content, _NAME)
            if name == [table]:
                content, fewer = _with_rows(content, rows)
            elif name == [shape] and shape:
                content = _with_data(content, [2], struct.pack("<2q", 1, len(rows)))
            return content

        return changed(graph, _CONSTANT, tensor)

    model = changed(model, _GRAPH, picked)
    try:
        facts = picked_metadata(metadata, rows, fewer)
    except (ValueError, LookupError, TypeError) as error:
        raise StyleError("its styles can't be picked: its metadata don't list them") from error

    def entry(content: bytes) -> bytes:
        [key] = _texts(content, _KEY)
        same = facts.get(key) == metadata.get(key)
        return content if same else packed(_KEY, key.encode()) + packed(_VALUE, facts[key].encode())

    return changed(model, _METADATA, entry)


def picked_metadata(metadata: Mapping[str, str], rows: Sequence[int], fewer: int) -> dict[str, str]:
    """Give the metadata that hold with these styles only; one alone gives the model its name.

    Args:
        metadata: those of a model with a list of styles.
        rows: places in that list.
        fewer: parameters that are left out.
    """
    styles = json.loads(metadata["pleinair.styles"])
    kept = {**metadata, "pleinair.styles": json.dumps([styles[row] for row in rows])}
    if len(rows) == 1:
        kept["pleinair.name"] = styles[rows[0]]["name"]
    if "pleinair.training" in metadata:
        record = json.loads(metadata["pleinair.training"])
        paintings = record["config"]["paintings"]
        record["config"]["paintings"] = [paintings[row] for row in rows]
        record["config"]["levers"]["styles"] = len(rows)
        record["parameters"] -= fewer
        kept["pleinair.training"] = json.dumps(record, separators=(",", ":"), sort_keys=True)
    return kept


def _shape_and_table(graph: bytes) -> tuple[str, str]:
    """Names of the constants that say how long the row of weights is, if any, and of the table."""
    nodes = [_node(content) for content in _parts(graph, _NODE)]
    constants = {name for tensor in _parts(graph, _CONSTANT) for name in _texts(tensor, _NAME)}
    refused = StyleError("its styles can't be picked: they are no rows of one table")

    def only(name: str, *operators: str) -> _Node:
        found = [node for node in nodes if name in node[1]]
        if len(found) != 1 or found[0][0] not in operators or len(found[0][1]) != 2:
            raise refused
        return found[0]

    operator, (_, shape), (row,) = only("style", "Reshape", "Unsqueeze")
    if operator == "Reshape":
        only(shape, "Reshape")
    _, (_, table), _ = only(row, "MatMul")
    casts = [reads for kind, reads, makes in nodes if kind == "Cast" and table in makes]
    table = casts[0][0] if casts else table
    if not {shape, table} <= constants:
        raise refused
    return shape if operator == "Reshape" else "", table


def _node(content: bytes) -> _Node:
    return (
        "".join(_texts(content, _OPERATOR)),
        _texts(content, _READS),
        _texts(content, _MAKES),
    )


def _with_rows(tensor: bytes, rows: Sequence[int]) -> tuple[bytes, int]:
    """A table with these rows, and how many elements fewer that are."""
    dims = [value for number, value, _ in fields(tensor) if number == _DIMS]
    data = b"".join(_parts(tensor, _RAW))
    match dims:
        case [int(count), int(length)] if count and data:
            size = len(data) // count
            picked = b"".join(data[row * size : (row + 1) * size] for row in rows)
            return _with_data(tensor, [len(rows), length], picked), (count - len(rows)) * length
    raise StyleError("its styles can't be picked: their table is not stored as one")


def _with_data(tensor: bytes, dims: Sequence[int], data: bytes) -> bytes:
    kept = b"".join(raw for number, _, raw in fields(tensor) if number not in (_DIMS, _RAW))
    return b"".join(varint(_DIMS, length) for length in dims) + kept + packed(_RAW, data)


def _of_length(value: bytes, length: int) -> bytes:
    """The declaration of an input; of `style`, with another length."""
    if _texts(value, _VALUE_NAME) != ["style"]:
        return value

    def deeper(message: bytes, path: Sequence[int]) -> bytes:
        if not path:
            return varint(_LENGTH, length)
        return changed(message, path[0], lambda part: deeper(part, path[1:]))

    return deeper(value, _PATH_TO_LENGTH)


def _texts(message: bytes, number: int) -> list[str]:
    return [part.decode() for part in _parts(message, number)]


def _parts(message: bytes, number: int) -> Iterator[bytes]:
    return (v for found, v, _ in fields(message) if found == number and isinstance(v, bytes))
