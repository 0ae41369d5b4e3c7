"""Tall kernels, four output rows at a time (engine/steps/tall.cpp), against the plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pleinair.engine import Session, instruction_sets

# Of the output's largest magnitude. A wrong tap or row would be off by a tenth and more.
MOST = 2e-5


def model(
    shape: list[int], weights: NDArray[Any], mode: str = "constant", stride: int = 1
) -> bytes:
    """A padded convolution that keeps the image's extents if its stride is 1; with a bias."""
    channels, _, height, width = weights.shape
    ends = [height // 2, width // 2, (height - 1) // 2, (width - 1) // 2]
    pads = np.array([0, 0, *ends[:2], 0, 0, *ends[2:]], np.int64)
    bias = np.linspace(-1, 1, channels, dtype=np.float32)
    constants: dict[str, NDArray[Any]] = {
        "p": pads,
        "w": weights.astype(np.float32),
        "b": bias,
    }
    graph = helper.make_graph(
        [
            helper.make_node("Pad", ["x", "p"], ["padded"], mode=mode),
            helper.make_node("Conv", ["padded", "w", "b"], ["y"], strides=[stride, stride]),
        ],
        "conv",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(made.SerializeToString())


def is_tall(session: Session, shape: list[int]) -> bool:
    steps = session.plan({"x": shape}).steps
    return any("Winograd 4x1" in step.description for step in steps)


def check(shape: list[int], kernel: list[int], mode: str = "constant") -> None:
    random = np.random.default_rng(0)
    scale = 1 / np.sqrt(np.prod(kernel[1:]))
    file = model(shape, random.standard_normal(kernel) * scale, mode)
    image = {"x": random.standard_normal(shape).astype(np.float32)}
    assert is_tall(Session(file), shape)
    exact = Session(file, reference=True).run(image)["y"]
    made = {
        (isa, threads): Session(file, isa=isa, threads=threads).run(image)["y"]
        for isa in instruction_sets()
        for threads in (1, 2, 5)
    }
    first = next(iter(made.values()))
    np.testing.assert_allclose(first, exact, rtol=0, atol=MOST * np.abs(exact).max())
    for way, got in made.items():
        np.testing.assert_array_equal(got, first, err_msg=str(way))


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge"])
@pytest.mark.parametrize("channels", [(8, 2), (16, 3), (5, 4), (3, 16), (20, 20)], ids=str)
@pytest.mark.parametrize("size", [(12, 8), (13, 17), (38, 197)], ids=str)
def test_sizes_and_borders(size: tuple[int, int], channels: tuple[int, int], mode: str) -> None:
    check([2, channels[0], *size], [channels[1], channels[0], 5, 5], mode)


@pytest.mark.parametrize("channels", [(16, 3), (3, 16)], ids=str)
@pytest.mark.parametrize("height", [5, 6, 7, 8, 9, 10, 11, 13, 14, 17])
def test_every_height_of_kernels(height: int, channels: tuple[int, int]) -> None:
    """One group of kernel rows or several, the last of one row to five."""
    for width in 3, 4:
        check([1, channels[0], 16, 20], [channels[1], channels[0], height, width])


@pytest.mark.parametrize("height", [2, 3, 4, 5, 6])
def test_images_that_no_tile_fits_in(height: int) -> None:
    for channels in (16, 4), (16, 16):
        check([1, channels[0], height, 3], [channels[1], channels[0], 9, 9])


@pytest.mark.parametrize(
    ("kernel", "stride"), [((4, 5), 1), ((5, 5), 2), ((5, 1), 1), ((3, 9), 1)], ids=str
)
def test_left_to_others(kernel: tuple[int, int], stride: int) -> None:
    """Too few rows, a stride, or more work to transform than is saved."""
    shape = [1, 3, 20, 30]
    assert not is_tall(Session(model(shape, np.ones((3, 3, *kernel)), stride=stride)), shape)


def test_left_out() -> None:
    shape = [1, 16, 20, 30]
    file = model(shape, np.ones((3, 16, 5, 5)))
    assert is_tall(Session(file), shape)
    assert not is_tall(Session(file, without=("tall",)), shape)
