"""What all training shares."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from rich.console import Console

from pleinair.train.loop import (
    interruptible,
    learning_rate,
    raise_if_stopped,
    running_means,
)


def test_the_rate_warms_up_and_falls_to_a_hundredth() -> None:
    rates = [learning_rate(1.0, step, 1000) for step in (0, 20, 500, 1000)]
    assert rates == pytest.approx([0.05, 1.0, 0.505, 0.01], abs=0.01)
    assert learning_rate(3.0, 500, 1000) == pytest.approx(3 * rates[2])


def test_means_begin_with_the_first_value_and_follow_slowly() -> None:
    means: dict[str, float] = {}
    running_means(means, {"style": 1.0})
    running_means(means, {"style": 2.0, "content": 5.0})
    assert means == pytest.approx({"style": 1.05, "content": 5.0})


def test_the_second_ctrl_c_does_not_wait() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interruptible() as interrupted:
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupted.is_set()
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("step", "pressed", "ends"), [(9, False, True), (10, True, True), (10, False, False)]
)
def test_a_stopped_run_ends_the_command(step: int, pressed: bool, ends: bool) -> None:
    console, interrupted = Console(record=True, quiet=False), threading.Event()
    if pressed:
        interrupted.set()
    try:
        raise_if_stopped(interrupted, step, 10, console)
        ended = False
    except KeyboardInterrupt:
        ended = True
    assert ended is ends
    assert ("resume" in console.export_text()) is ends
