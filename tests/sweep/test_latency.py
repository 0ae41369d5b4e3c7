"""How long networks take, before they are trained."""

from __future__ import annotations

import time
from itertools import count

import pytest

from pleinair.nets import EASEL, MURAL
from pleinair.sweep import latency as room
from pleinair.sweep.devices import WORST
from pleinair.sweep.latency import latency, untrained


def test_a_larger_network_is_slower_here_and_on_paper() -> None:
    for device in ("here", "pixel4-small"):
        small, large = (latency(untrained(net), (160, 128), device, 1) for net in (EASEL, MURAL))
        assert 0 < small.least <= small.ms < large.least
        assert small.fps == pytest.approx(1000 / small.ms)
        assert small.estimated == (device != "here")


def test_an_estimate_counts_with_its_worst_error() -> None:
    found = latency(untrained(EASEL), (640, 480), "iphone6s", 2)
    assert found.device == "iPhone 6s"
    assert found.ms == pytest.approx(WORST * found.least)
    # The shipped model of this network, in the table "Phones, on paper" of bench/RESULTS.md.
    assert found.least == pytest.approx(17.8, rel=0.05)


def test_a_network_that_is_too_slow_beyond_doubt_is_not_run_in_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks = count()
    monkeypatch.setattr(time, "thread_time", lambda: float(next(ticks)))
    model = untrained(EASEL)
    assert latency(model, (256, 256), "here", 1, limit=20_000).ms == 1000
    assert next(ticks) == 2 * (room._FEW + room.RUNS)
    # A few runs of a small frame may just have been held up, so there are more of them.
    assert latency(model, (256, 256), "here", 1, limit=10_000).ms == 16_000
    assert next(ticks) == 2 * (room._FEW + room.RUNS) + 1 + 2 * (room._FEW + room._MANY)


def test_the_same_untrained_network_is_made_every_time() -> None:
    assert untrained(EASEL) == untrained(EASEL)
