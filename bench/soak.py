"""Many frames with other styles and other sizes in between: does anything grow?

`python -m bench.soak [FRAMES]` paints 200,000 small frames if not said otherwise, and prints from
time to time what the process takes. It ends with status 1 where that has grown.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import pleinair
from pleinair.styles import Style

FRAMES = 200_000
MARKS = 20
# What is taken for growth, from a tenth of the frames on: bytes of the process, which the C library
# and the system round up as they like, and bytes that the C library has given out.
MOST_RESIDENT, MOST_GIVEN = 4 << 20, 1 << 20
SIZES = [(width, height) for width in (16, 25, 32, 47) for height in (16, 19, 36, 40)]
_EVERY_STYLE, _EVERY_SIZE = 3, 25  # frames


@dataclass(frozen=True)
class Taken:
    """What the process takes after so many frames, in bytes; and Python's objects, counted."""

    frames: int
    resident: int
    given: int
    objects: int

    def __str__(self) -> str:
        return (
            f"{self.frames:8,} frames  {self.resident / 2**20:7.1f} MiB resident  "
            f"{self.given / 2**20:7.2f} MiB given out  {self.objects:,} objects"
        )


class _MallInfo(ctypes.Structure):
    """glibc's `struct mallinfo2`: arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks,
    uordblks, fordblks, keepcost.
    """

    _fields_ = [(f"field_{i}", ctypes.c_size_t) for i in range(10)]


def _given_out() -> int:
    call = ctypes.CDLL(None).mallinfo2
    call.restype = _MallInfo
    info = call()
    return int(info.field_4 + info.field_7)  # mapped, and in use


def taken(frames: int) -> Taken:
    """What the process takes now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Taken(frames, pages * 4096, _given_out(), len(gc.get_objects()))


def paint(style: Style, frames: int, marks: int = MARKS) -> Iterator[Taken]:
    """Paint so many frames; what is taken at a few of them, the first after a tenth."""
    random = np.random.default_rng(0)
    names = style.names
    pictures = {size: random.integers(0, 256, (size[1], size[0], 3), np.uint8) for size in SIZES}
    picture = pictures[SIZES[0]]
    for frame in range(1, frames + 1):
        if frame % _EVERY_SIZE == 0:
            picture = pictures[SIZES[int(random.integers(len(SIZES)))]]
        if frame % _EVERY_STYLE == 0:
            one, other = random.choice(len(names), 2, replace=False)
            style.select({names[one]: 0.75, names[other]: 0.25})
            style.strength = float(random.random())
        style(picture)
        if frame * marks % frames < marks and frame * 10 >= frames:
            yield taken(frame)


def growth(first: Taken, last: Taken) -> str:
    """What has grown, in words; empty where nothing has."""
    grown = []
    if last.resident - first.resident > MOST_RESIDENT:
        grown.append(f"the process by {last.resident - first.resident:,} bytes")
    if last.given - first.given > MOST_GIVEN:
        grown.append(f"what the C library gave out by {last.given - first.given:,} bytes")
    if last.objects - first.objects > 1000:
        grown.append(f"Python by {last.objects - first.objects:,} objects")
    return "; ".join(grown)


def main(frames: int) -> str:
    """Paint and print; what has grown."""
    marks = []
    for mark in paint(pleinair.load("sketch", threads=1), frames):
        print(mark, flush=True)
        marks.append(mark)
    return growth(marks[0], marks[-1])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else FRAMES) or None)
