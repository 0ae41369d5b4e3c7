"""Networks cost what they should and come out the same."""

from __future__ import annotations

import pytest

from bench.models import build


@pytest.mark.parametrize(
    ("name", "gflop"),
    [("johnson", 20.2), ("small", 1.14), ("depthwise", 1.11)],
)
def test_networks_cost_what_such_networks_cost(name: str, gflop: float) -> None:
    assert 2 * build(name, 256, 256).macs / 1e9 == pytest.approx(gflop, rel=5e-3)


def test_networks_are_the_same_every_time() -> None:
    once, again = (build("small", 32, 32).model.SerializeToString() for _ in range(2))
    assert once == again


@pytest.mark.parametrize(("height", "width"), [(30, 32), (32, 33), (16, 16)])
def test_sizes_that_do_not_come_out_again_are_refused(height: int, width: int) -> None:
    with pytest.raises(ValueError, match="multiples of 4"):
        build("small", height, width)


def test_unknown_network_is_refused() -> None:
    with pytest.raises(ValueError, match="no network 'large'"):
        build("large", 32, 32)
