"""The rule by which trials are stopped."""

from __future__ import annotations

from pleinair.sweep.stopping import LEAST, Past, bar

SLOW = [Past(20.0 + i, {10: 1.0 + i}) for i in range(5)]


def test_the_bar_is_the_median_of_those_as_fast() -> None:
    assert bar(SLOW, 10, 30.0) == 3.0
    assert bar(SLOW, 10, 23.5) == 2.5


def test_a_fast_network_has_no_slow_ones_against_it() -> None:
    assert bar(SLOW, 10, 19.0) is None


def test_some_must_have_come_as_far() -> None:
    assert bar(SLOW[: LEAST - 1], 10, 30.0) is None
    assert bar(SLOW, 20, 30.0) is None
    few = [*SLOW[:2], *(Past(1.0, {5: 0.1}) for _ in range(9))]
    assert bar(few, 10, 30.0) is None
