"""What the tests have workers do. Calls leave a line in a file, to be counted."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import NamedTuple


class Item(NamedTuple):
    """A number, where to note that it was worked on, and how long to take in seconds."""

    number: int
    log: Path
    seconds: float = 0.0


def note(item: Item) -> None:
    with item.log.open("a") as log:
        log.write(f"{item.number} {os.getppid()}\n")


def square(item: Item) -> int:
    note(item)
    time.sleep(item.seconds)
    return item.number**2


def refuse_odd(item: Item) -> int:
    note(item)
    if item.number % 2:
        raise ValueError(f"{item.number} is odd")
    return item.number


def die(item: Item) -> None:
    note(item)
    os.kill(os.getpid(), signal.SIGKILL)


def die_at_first(item: Item) -> int:
    if len(noted(item.log)) == 0:
        die(item)
    return square(item)


def noted(log: Path) -> list[int]:
    """Numbers that were worked on, in order."""
    return [number for number, _ in _lines(log)]


def parents(log: Path) -> set[int]:
    """The processes whose workers did it."""
    return {parent for _, parent in _lines(log)}


def _lines(log: Path) -> list[tuple[int, int]]:
    lines = log.read_text().splitlines() if log.exists() else []
    return [(int(number), int(parent)) for number, parent in map(str.split, lines)]
