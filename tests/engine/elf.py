"""Just enough of the ELF format (64 bits, little-endian) to list the symbols of a file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SYMTAB, DYNSYM = 2, 11  # section types
LOCAL, GLOBAL, WEAK = 0, 1, 2  # bindings


@dataclass(frozen=True)
class Symbol:
    """A name in a symbol table; `defined`: the file brings what it stands for."""

    name: str
    binding: int
    defined: bool


def symbols(path: Path, table: int = SYMTAB) -> list[Symbol]:
    """The named symbols of a table; none where the file has no such table."""
    raw = path.read_bytes()
    assert raw[:6] == b"\x7fELF\x02\x01", f"{path} is not a 64-bit little-endian ELF file"
    headers = list(_section_headers(raw))
    found = []
    for kind, offset, size, link in headers:
        if kind != table:
            continue
        names = headers[link][1]
        for name, info, _, section, _, _ in struct.iter_unpack(
            "<IBBHQQ", raw[offset : offset + size]
        ):
            text = raw[names + name : raw.index(b"\0", names + name)].decode()
            if text:
                found.append(Symbol(text, info >> 4, section != 0))
    return found


def _section_headers(raw: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Type, offset, size and linked section of each."""
    (start,) = struct.unpack_from("<Q", raw, 0x28)
    size, count = struct.unpack_from("<HH", raw, 0x3A)
    for at in range(start, start + size * count, size):
        _, kind, _, _, offset, length, link, _, _, _ = struct.unpack_from("<IIQQQQIIQQ", raw, at)
        yield kind, offset, length, link
