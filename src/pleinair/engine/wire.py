"""The protobuf wire format, as far as ONNX and Caffe2 files need it: the fields of a message.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

Field = tuple[int, int | bytes, bytes]
"""Number, value, and the field as it stands in the message.

A varint's value is its integer, unsigned; that of other fields their bytes.
"""


def fields(message: bytes) -> Iterator[Field]:
    """Give the fields of a message in order.

    Raises:
        ValueError: it ends within a field, or has one of a kind that is no longer used.
    """
    at = 0
    while at < len(message):
        start = at
        key, at = _varint(message, at)
        kind = key & 7
        value: int | bytes
        if kind == 0:
            value, at = _varint(message, at)
        elif kind in (1, 2, 5):
            length, at = _varint(message, at) if kind == 2 else (8 if kind == 1 else 4, at)
            if at + length > len(message):
                raise ValueError("it ends within a field")
            value, at = message[at : at + length], at + length
        else:
            raise ValueError(f"field of kind {kind}")
        yield key >> 3, value, message[start:at]


def signed(value: int) -> int:
    """Give what the varint of an int64 stands for, -2⁶³..2⁶³-1."""
    return value - (1 << 64) if value >> 63 else value


def packed(number: int, content: bytes) -> bytes:
    """Write the field `number`, below 16, with these bytes: text, a message or raw data."""
    return _number(number << 3 | 2) + _number(len(content)) + content


def varint(number: int, value: int) -> bytes:
    """Write the field `number`, below 16, with a value of 0 to 2⁶⁴-1."""
    return _number(number << 3) + _number(value)


def changed(message: bytes, number: int, change: Callable[[bytes], bytes]) -> bytes:
    """Give the message with `change` applied to every submessage or text of this number.

    Where that gives back what it got, so does this.
    """
    parts, same = [], True
    for found, value, raw in fields(message):
        if found == number and isinstance(value, bytes):
            new = change(value)
            same = same and new is value
            parts.append(raw if new is value else packed(number, new))
        else:
            parts.append(raw)
    return message if same else b"".join(parts)


def _number(value: int) -> bytes:
    written = bytearray()
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    return bytes([*written, value])


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at == len(message):
            raise ValueError("it ends within a field")
        value |= (message[at] & 127) << shift
        at += 1
        if message[at - 1] < 128:
            return value & (1 << 64) - 1, at
    raise ValueError("a number has more than 64 bits")
