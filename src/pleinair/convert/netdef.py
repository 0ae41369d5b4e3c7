"""Caffe2's NetDef: lists of operators, as their protobuf files have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Field numbers of caffe2.proto.
_NET_OPERATOR, _NET_INPUT, _NET_OUTPUT = 2, 7, 8
_INPUT, _OUTPUT, _TYPE, _ARGUMENT = 1, 2, 4, 5
_NAME, _FLOAT, _INTEGER, _TEXT, _FLOATS, _INTEGERS = 1, 2, 3, 4, 5, 6

Field = tuple[int, int | bytes]


@dataclass(frozen=True)
class Argument:
    """One setting of an operator, in the one of its forms that the file has."""

    number: float | None
    text: str
    floats: NDArray[np.float32]
    integers: tuple[int, ...]


@dataclass(frozen=True)
class Operator:
    """One step of a network: blobs in, blobs out, settings by name."""

    type: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    arguments: dict[str, Argument]


@dataclass(frozen=True)
class Net:
    """The operators in the order they run, and which blobs come in and go out."""

    operators: tuple[Operator, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def read_net(path: Path) -> Net:
    """Read a NetDef file; raises ``ValueError`` for any other file."""
    try:
        fields = list(_fields(path.read_bytes()))
        net = Net(
            tuple(_operator(v) for n, v in fields if n == _NET_OPERATOR and isinstance(v, bytes)),
            _texts(fields, _NET_INPUT),
            _texts(fields, _NET_OUTPUT),
        )
    except (LookupError, ValueError) as error:
        raise ValueError(f"{path}: not a network of Caffe2 ({error})") from error
    if not net.operators:
        raise ValueError(f"{path}: not a network of Caffe2 (it has no operators)")
    return net


def _operator(content: bytes) -> Operator:
    fields = list(_fields(content))
    (kind,) = _texts(fields, _TYPE)
    arguments = {}
    for number, value in fields:
        if number == _ARGUMENT and isinstance(value, bytes):
            argument = list(_fields(value))
            arguments[_texts(argument, _NAME)[0]] = _argument(argument)
    return Operator(kind, _texts(fields, _INPUT), _texts(fields, _OUTPUT), arguments)


def _argument(fields: list[Field]) -> Argument:
    numbers: dict[int, float] = {}
    for number, value in fields:
        if number == _FLOAT and isinstance(value, bytes):
            numbers[number] = float(np.frombuffer(value, "<f4")[0])
        elif number == _INTEGER and isinstance(value, int):
            numbers[number] = value
    raw = b"".join(v for n, v in fields if n == _FLOATS and isinstance(v, bytes))
    return Argument(
        numbers.get(_INTEGER, numbers.get(_FLOAT)),
        "".join(_texts(fields, _TEXT)),
        np.frombuffer(raw, "<f4").astype(np.float32),
        tuple(v for n, v in fields if n == _INTEGERS and isinstance(v, int)),
    )


def _texts(fields: list[Field], number: int) -> tuple[str, ...]:
    return tuple(v.decode() for n, v in fields if n == number and isinstance(v, bytes))


def _fields(content: bytes) -> Iterator[Field]:
    """Numbers and values of a protobuf message's fields."""
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        kind, length = key & 7, 0
        if kind == 0:
            value, at = _varint(content, at)
            yield key >> 3, value
            continue
        if kind == 2:
            length, at = _varint(content, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"field of kind {kind}")
        if at + length > len(content):
            raise ValueError("it ends within a field")
        yield key >> 3, content[at : at + length]
        at += length


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value - (1 << 64) if value >> 63 else value, at
