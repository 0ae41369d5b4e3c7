"""What all long training shares: its rate, its bars, running means, and stopping it gently."""

from __future__ import annotations

import math
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_WARM_UP = 20


def processes(devices: int, batch: int) -> tuple[int, int]:
    """Processes on each machine, and machines, that share every batch: a process per device.

    Where torchrun has started this process, as it says. Raises ``ValueError`` where as many can't
    share a batch.
    """
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return devices, 1
    world, here = (int(os.environ[name]) for name in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"))
    if batch % world:
        raise ValueError(f"batch must be a multiple of the {world} processes, not {batch}")
    return here, world // here


def learning_rate(peak: float, step: int, steps: int) -> float:
    """Linear warm-up, then a cosine (Loshchilov & Hutter 2016, arXiv:1608.03983) to 1/100."""
    rise = min(1.0, (step + 1) / _WARM_UP)
    fall = 0.5 * (1 + math.cos(math.pi * step / steps))
    return peak * rise * (0.01 + 0.99 * fall)


def running_means(known: dict[str, float], found: Mapping[str, float]) -> None:
    """Take newly ``found`` values into the means of about the last 20, in place."""
    for name, value in found.items():
        known[name] = 0.95 * known.get(name, value) + 0.05 * value


def progress_bars(console: Console) -> Progress:
    """A bar for each task, with a ``note`` at its end."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
    )


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """An event that Ctrl-C sets, so that the step under way is finished first."""
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)


def raise_if_stopped(interrupted: threading.Event, step: int, steps: int, console: Console) -> None:
    """Say where a saved run stopped, and end the command as Ctrl-C does.

    Ctrl-C during the last step counts, too: who pressed it wants the command to end. ``step``
    tells of a stop that another process was asked for.
    """
    if interrupted.is_set() or step < steps:
        console.print(f"stopped at step {step}; go on with resume")
        raise KeyboardInterrupt
