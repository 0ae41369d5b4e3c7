"""Arithmetic of the estimate, with cycles that are easy to count with."""

from __future__ import annotations

import pytest

from pleinair.engine import Step
from pleinair.sweep.estimate import Core, Cycles, cycles_of, read_convs, seconds_of

CORE = Core(
    2.0,
    4,
    (1, 2),
    {
        "conv_1": Cycles(width=8, rest=16, loops=(4,)),
        "conv_2": Cycles(width=8, rest=8, loops=(2,)),
        "depthwise_1": Cycles(width=8, rest=0, loops=(8,)),
        "winograd_in": Cycles(width=1, rest=10, loops=(1, 2)),
        "winograd_out": Cycles(width=1, rest=20, loops=(1, 3)),
        "affine": Cycles(width=1, rest=99, loops=(3,)),
        "relu": Cycles(width=1, rest=99, loops=(2,)),
        "add": Cycles(width=1, rest=99, loops=(5,)),
        "statistics": Cycles(width=2, rest=99, loops=(1, 3)),
    },
)


def step(description: str, macs: int, data: int = 0) -> Step:
    return Step("", "conv", description, macs, data, 0.0)


def test_dense_convolution_is_blocks_of_tiles() -> None:
    # 100 pixels of three vectors, sums of 72: a block of two vectors and one of one.
    macs = 100 * 9 * 8 * 12
    expected = 100 * (2 / 8 * (8 + 72 * 2) + 1 / 8 * (16 + 72 * 4))
    assert cycles_of(step("3x3 8->12", macs), CORE) == pytest.approx(expected)


def test_stages_count_the_elements_of_their_side() -> None:
    plain = step("3x3 8->12, stride 2x2", 100 * 9 * 8 * 12)
    staged = "; load: norm, relu, pad reflect 1; store: statistics"
    more = step(plain.description + staged, plain.macs)
    passes = 400 * 8 / 4 * (3 + 2) + 100 * 12 / 4 * (1 + 3) / 2
    assert cycles_of(more, CORE) - cycles_of(plain, CORE) == pytest.approx(passes)


def test_winograd_counts_products_and_transforms() -> None:
    tiles = 7
    found = cycles_of(step("3x3 16->8, Winograd 6x6", tiles * 64 * 16 * 8), CORE)
    products = 64 * tiles * 2 / 8 * (8 + 16 * 2)
    transforms = tiles * (4 * (10 + 8 * 1 + 8 * 2) + 2 * (20 + 8 * 1 + 6 * 3))
    assert found == pytest.approx(products + transforms)


def test_a_pointwise_convolution_shares_the_step_of_a_depthwise_one() -> None:
    text = "3x3 8->8 in 8 groups; load: relu, pad reflect 1; then 1x1 8->4; store: relu"
    macs = 50 * (9 * 8 + 8 * 4)
    inner, outer = read_convs(step(text, macs))
    assert (inner.method, outer.method) == ("depthwise", "dense")
    assert (inner.macs, outer.macs) == (50 * 72, 50 * 32)
    depthwise, dense = 50 * 2 / 8 * 9 * 8, 50 * 1 / 8 * (16 + 8 * 4)
    stages = 50 * 8 / 4 * 2 + 50 * 4 / 4 * 2
    assert cycles_of(step(text, macs), CORE) == pytest.approx(depthwise + dense + stages)


@pytest.mark.parametrize(
    ("description", "macs", "pixels"),
    [
        ("3x3 4->4, Winograd 6x6", 5 * 64 * 16, 180),
        ("3x3 4->2, upsampled 2x2 by differences", 25 * 3 * 8, 48),
        ("9x9 4->2, by pixels, Winograd 4x1", 40 * 9 * 2 * 2 * 8, 40),
        ("2x2 4->2, 4 phases", 40 * 4 * 8, 40),
    ],
)
def test_pixels_follow_from_what_is_done(description: str, macs: int, pixels: int) -> None:
    (conv,) = read_convs(step(description, macs))
    assert conv.pixels == pytest.approx(pixels)


def test_a_map_reads_and_writes_its_image() -> None:
    made = Step("", "map", "4 channels; load: norm, add image", 0, 3 * 4 * 800, 0.0)
    assert cycles_of(made, CORE) == pytest.approx(800 / 4 * (3 + 5))


def test_time_is_computing_and_memory() -> None:
    made = Step("", "map", "4 channels; load: relu", 0, 2 * 4 * 4000, 0.0)
    assert seconds_of(made, CORE, bandwidth=32e9) == pytest.approx(1e-6 + 1e-6)
    assert seconds_of(made, CORE, bandwidth=64e9, cores=2) == pytest.approx(0.5e-6 + 0.5e-6)
