"""Memory of intermediate images: what one worker may write over, and that it changes no bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto

from pleinair.engine import Session
from tests.engine.test_rewrites import REORDER, Graph, model

CHANNELS = 16


def shrinking(g: Graph) -> None:
    """Large images to small ones, padded by a mirror whose rows are read once more at the end."""
    x = g.add("Relu", g.norm(g.conv("image", 3, CHANNELS), CHANNELS))
    for _ in range(3):
        x = g.add("Relu", g.norm(g.conv(x, CHANNELS, CHANNELS, 5, strides=[2, 2]), CHANNELS))
    g.add("Conv", x, g.weights(3, CHANNELS, 1, 1), output="made")


def growing(g: Graph) -> None:
    """Small images to large ones, cropped."""
    x = g.conv("image", 3, CHANNELS)
    for _ in range(3):
        x = g.add("ConvTranspose", x, g.weights(CHANNELS, CHANNELS, 3, 3), strides=[2, 2])
        ends = [g.constant(np.array(v, np.int64)) for v in ([1, 0], [-1, -1], [2, 3])]
        x = g.add("Relu", g.norm(g.add("Slice", x, *ends), CHANNELS))
    g.add("Conv", x, g.weights(3, CHANNELS, 1, 1), output="made")


def keeping(g: Graph) -> None:
    """Depthwise and pointwise in turns, tall kernels, and a residual that outlives its reader."""
    x = left = g.conv("image", 3, CHANNELS)
    for _ in range(2):
        x = g.conv(x, 1, CHANNELS, group=CHANNELS)
        x = g.add("Relu", g.norm(g.conv(x, CHANNELS, CHANNELS, 1), CHANNELS))
    x = g.conv(g.conv(x, CHANNELS, CHANNELS, 9), CHANNELS, 2 * CHANNELS, 7)
    x = g.conv(x, 2 * CHANNELS, CHANNELS, 5)
    x = g.add("Add", x, left)
    g.add("Conv", x, g.weights(3, CHANNELS, 1, 1), output="made")


NETWORKS = [shrinking, growing, keeping]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("size", [(64, 48), (61, 53)])
def test_writing_over_what_was_read_keeps_the_bits(
    network: Callable[[Graph], None], size: tuple[int, int]
) -> None:
    g = Graph()
    network(g)
    data = model(g, [1, 3, "h", "w"], TensorProto.FLOAT, made=TensorProto.FLOAT)
    image = np.random.default_rng(5).standard_normal((1, 3, *size)).astype(np.float32)

    def made(**options: Any) -> NDArray[Any]:
        return Session(data, **options).run({"image": image})["made"]

    np.testing.assert_array_equal(made(threads=1), made(threads=3))
    np.testing.assert_array_equal(made(threads=1, without=REORDER), made(reference=True))


@pytest.mark.parametrize("height", range(60, 67))
def test_tiles_written_over_what_was_read_keep_the_bits(height: int) -> None:
    """Of Winograd's rows of tiles, the last one has any number of rows below the others."""
    g = Graph()
    x = "image"
    for channels_in in (3, CHANNELS, CHANNELS, CHANNELS):
        x = g.add("Relu", g.norm(g.conv(x, channels_in, CHANNELS), CHANNELS))
    g.add("Conv", x, g.weights(3, CHANNELS, 1, 1), output="made")
    data = model(g, [1, 3, "h", "w"], TensorProto.FLOAT, made=TensorProto.FLOAT)
    image = np.random.default_rng(5).standard_normal((1, 3, height, 500)).astype(np.float32)
    alone, shared = (Session(data, threads=n) for n in (1, 3))
    expected = shared.run({"image": image})["made"]
    np.testing.assert_array_equal(alone.run({"image": image})["made"], expected)
    one_image = height * 500 * CHANNELS * 4
    assert alone.plan({"image": image.shape}).arena_bytes < 2 * one_image


@pytest.mark.parametrize(
    ("network", "side", "pixels"), [(shrinking, 512, 512 * 512), (growing, 64, 505 * 512)]
)
def test_one_worker_needs_little_more_than_the_largest_image(
    network: Callable[[Graph], None], side: int, pixels: int
) -> None:
    g = Graph()
    network(g)
    data = model(g, [1, 3, "h", "w"], TensorProto.FLOAT, made=TensorProto.FLOAT)
    session = Session(data, threads=1, without=REORDER)
    plan = session.plan({"image": (1, 3, side, side)})
    largest = pixels * CHANNELS * 4
    assert largest <= plan.arena_bytes < 1.08 * largest
