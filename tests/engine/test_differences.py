"""Convolutions of upsampled images by differences of small pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from pleinair.engine import Session, instruction_sets

TOLERANCE = 3e-6  # of the output's largest magnitude
LEFT_OUT = ("differences",)


def upsampled(
    channels_in: int, channels: int, mode: str = "reflect", below: int = 1, right: int = 1
) -> bytes:
    """Nearest x2, padding of one above and at the left, and a 3x3 convolution."""
    random = np.random.default_rng(channels_in * 1000 + channels)
    weights = random.standard_normal((channels, channels_in, 3, 3)) / np.sqrt(9 * channels_in)
    pads = [1, 1, below, right]
    constants: dict[str, Any] = {
        "weights": weights.astype(np.float32),
        "bias": random.standard_normal(channels).astype(np.float32),
        "scales": np.array([1, 1, 2, 2], np.float32),
        "pads": np.array([0, 0, *pads[:2], 0, 0, *pads[2:]], np.int64),
    }
    place = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    graph = helper.make_graph(
        [
            helper.make_node("Resize", ["x", "", "scales"], ["large"], mode="nearest", **place),
            helper.make_node("Pad", ["large", "pads"], ["padded"], mode=mode),
            helper.make_node("Conv", ["padded", "weights", "bias"], ["y"]),
        ],
        "upsampled",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", channels_in, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def check(model: bytes, shape: tuple[int, int, int, int]) -> None:
    """The same bits everywhere, and what the plain loops and the phases give but for the end."""
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    (step,) = (s for s in Session(model).plan({"x": shape}).steps if s.kind == "conv")
    assert "by differences" in step.description
    wanted = Session(model, reference=True).run({"x": x})["y"]
    made = Session(model, threads=1).run({"x": x})["y"]
    assert np.abs(made - wanted).max() <= TOLERANCE * np.abs(wanted).max()
    phases = Session(model, without=LEFT_OUT).run({"x": x})["y"]
    assert np.abs(made - phases).max() <= TOLERANCE * np.abs(wanted).max()
    for isa in instruction_sets():
        for threads in (1, 2):
            again = Session(model, threads=threads, isa=isa).run({"x": x})["y"]
            assert again.tobytes() == made.tobytes(), f"{isa}, {threads} threads"


@pytest.mark.parametrize("channels_in", [1, 3, 8, 16, 24, 64])
@pytest.mark.parametrize("channels", [3, 8, 16, 24, 32, 40])
def test_channels(channels_in: int, channels: int) -> None:
    check(upsampled(channels_in, channels), (1, channels_in, 5, 11))


@pytest.mark.parametrize("channels", [64, 128])
def test_many_channels(channels: int) -> None:
    check(upsampled(128, channels), (1, 128, 6, 9))


@pytest.mark.parametrize("channels", [3, 16])
@pytest.mark.parametrize("width", [2, 3, 4, 5, 6, 7, 8, 31, 64, 97])
@pytest.mark.parametrize("right", [0, 1])
def test_widths(channels: int, width: int, right: int) -> None:
    check(upsampled(8, channels, right=right), (1, 8, 4, width))


@pytest.mark.parametrize("channels", [3, 16])
@pytest.mark.parametrize("height", [2, 3, 4, 5, 40])
@pytest.mark.parametrize("below", [0, 1])
def test_heights(channels: int, height: int, below: int) -> None:
    check(upsampled(8, channels, below=below), (2, 8, height, 6))


@pytest.mark.parametrize("channels", [3, 16])
@pytest.mark.parametrize("mode", ["constant", "edge", "reflect"])
def test_borders(channels: int, mode: str) -> None:
    check(upsampled(16, channels, mode), (1, 16, 7, 9))


@pytest.mark.parametrize("channels", [3, 16])
def test_one_pixel(channels: int) -> None:
    check(upsampled(8, channels, "edge"), (1, 8, 1, 1))


@pytest.mark.parametrize("channels", [3, 16])
def test_zeros_beyond_one(channels: int) -> None:
    check(upsampled(8, channels, "constant", below=3, right=2), (1, 8, 5, 6))


@pytest.mark.parametrize("channels", [1, 4, 12])
def test_what_fills_no_lanes_stays_with_phases(channels: int) -> None:
    steps = Session(upsampled(8, channels)).plan({"x": (1, 8, 5, 6)}).steps
    assert any("4 phases" in step.description for step in steps)
