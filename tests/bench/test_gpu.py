"""Counts of what a frame asks of a GPU."""

from __future__ import annotations

import pytest

from bench.gpu import Count, PhoneGpu, count, section
from pleinair.engine.gpu import Dispatch
from pleinair.styles import find

PHONE = PhoneGpu("phone", 1e9, 1e6, "nowhere")


def dispatch(macs: int, size: int) -> Dispatch:
    return Dispatch("a", "conv", "", (1, 1, 1), macs, size)


def test_each_dispatch_is_held_up_by_arithmetic_or_by_memory() -> None:
    frame = Count("net", (1, 1), False, (dispatch(5_000_000, 10), dispatch(1, 20_000)), ())
    assert frame.floor(PHONE) == pytest.approx(0.01 + 0.02)
    assert (frame.flop, frame.bytes) == (10_000_002, 20_010)


def test_halves_move_half_of_the_bytes() -> None:
    whole, half = (count(find("sketch"), (48, 64), half) for half in (False, True))
    assert whole.flop == half.flop
    assert len(whole.dispatches) == len(half.dispatches)
    assert 0.45 < half.bytes / whole.bytes < 0.7
    rows = section([whole, half]).splitlines()
    assert "| *sketch* 64×48 | float32 |" in rows[2]
