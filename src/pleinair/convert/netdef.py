"""Caffe2's NetDef: lists of operators, as their protobuf files have them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pleinair.engine.wire import Field, fields, signed

# Field numbers of caffe2.proto.
_NET_OPERATOR, _NET_INPUT, _NET_OUTPUT = 2, 7, 8
_INPUT, _OUTPUT, _TYPE, _ARGUMENT = 1, 2, 4, 5
_NAME, _FLOAT, _INTEGER, _TEXT, _FLOATS, _INTEGERS = 1, 2, 3, 4, 5, 6


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
        parts = list(fields(path.read_bytes()))
        net = Net(
            tuple(_operator(v) for n, v, _ in parts if n == _NET_OPERATOR and isinstance(v, bytes)),
            _texts(parts, _NET_INPUT),
            _texts(parts, _NET_OUTPUT),
        )
    except (LookupError, ValueError) as error:
        raise ValueError(f"{path}: not a network of Caffe2 ({error})") from error
    if not net.operators:
        raise ValueError(f"{path}: not a network of Caffe2 (it has no operators)")
    return net


def _operator(content: bytes) -> Operator:
    parts = list(fields(content))
    (kind,) = _texts(parts, _TYPE)
    arguments = {}
    for number, value, _ in parts:
        if number == _ARGUMENT and isinstance(value, bytes):
            argument = list(fields(value))
            arguments[_texts(argument, _NAME)[0]] = _argument(argument)
    return Operator(kind, _texts(parts, _INPUT), _texts(parts, _OUTPUT), arguments)


def _argument(parts: list[Field]) -> Argument:
    numbers: dict[int, float] = {}
    for number, value, _ in parts:
        if number == _FLOAT and isinstance(value, bytes):
            numbers[number] = float(np.frombuffer(value, "<f4")[0])
        elif number == _INTEGER and isinstance(value, int):
            numbers[number] = signed(value)
    raw = b"".join(v for n, v, _ in parts if n == _FLOATS and isinstance(v, bytes))
    return Argument(
        numbers.get(_INTEGER, numbers.get(_FLOAT)),
        "".join(_texts(parts, _TEXT)),
        np.frombuffer(raw, "<f4").astype(np.float32),
        tuple(signed(v) for n, v, _ in parts if n == _INTEGERS and isinstance(v, int)),
    )


def _texts(parts: list[Field], number: int) -> tuple[str, ...]:
    return tuple(v.decode() for n, v, _ in parts if n == number and isinstance(v, bytes))
