"""How far the engine's float32 is from float64, the largest error over the output's range."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from pleinair.engine import Session
from tests.engine.float64 import evaluate
from tests.engine.networks import NETWORKS, STYLES, Array, Data, network

MOST = 1e-4  # of the output's range

# Height and width, and what the numbers of a picture are divided by.
SIZES = {
    "sketch": (93, 121, 1),
    "easel": (93, 121, 1),
    "mural": (61, 77, 1),
    "johnson": (80, 100, 255),
    "small": (120, 160, 255),
    "depthwise": (120, 160, 255),
    "candy": (80, 100, 1),
    "super-resolution": (80, 100, 255),
}


def picture(height: int, width: int) -> Array:
    """A sky, a bright disk, stripes and some grain: uint8 [height, width, 3]."""
    y, x = np.mgrid[:height, :width]
    light = np.stack([40 + 150 * y / height, 90 + 80 * y / height, 170 - 60 * y / height], -1)
    light[np.hypot(y - height / 3, x - width / 3) < height / 5] = (250, 220, 120)
    light[2 * height // 3 :, (np.arange(width) // 5) % 2 == 0] = (20, 60, 30)
    grain = np.random.default_rng(7).normal(0, 3, light.shape)
    return np.clip(light + grain, 0, 255).astype(np.uint8)


def one_hot(shape: tuple[int | str | None, ...] | None) -> Array:
    """Weights that take the first style alone."""
    assert shape
    assert isinstance(shape[0], int)
    weights = np.zeros(shape[0], np.float32)
    weights[0] = 1
    return weights


def feed_for(model: onnx.ModelProto, name: str) -> dict[str, Array]:
    """The picture as this network takes it."""
    height, width, divisor = SIZES[name]
    port, *others = Session(model.SerializeToString()).inputs
    seen = picture(height, width)
    if port.dtype == np.uint8:
        settings = {"strength": np.ones(1, np.float32), "colours": np.zeros(1, np.float32)}
        first = {i.name: one_hot(i.shape) for i in others if i.name == "style"}
        return {port.name: seen[None], **first, **(settings if others else {})}
    assert port.shape
    planes = seen.transpose(2, 0, 1)[None, : port.shape[1]] / divisor
    return {port.name: np.ascontiguousarray(planes, np.float32)}


def in_floats(model: onnx.ModelProto) -> onnx.ModelProto:
    """The network up to where its picture is cast to uint8, if it is."""
    casts = [node for node in model.graph.node if node.op_type == "Cast"]
    to_bytes = [node for node in casts if node.attribute[0].i == TensorProto.UINT8]
    if not to_bytes:
        return model
    cut = onnx.ModelProto()
    cut.CopyFrom(model)
    floats = helper.make_tensor_value_info(to_bytes[-1].input[0], TensorProto.FLOAT, None)
    cut.graph.output[0].CopyFrom(floats)
    return cut


def check(
    capsys: pytest.CaptureFixture[str], what: str, model: onnx.ModelProto, feed: dict[str, Array]
) -> None:
    """Prints the largest errors over the output's range, of the plan and of the plain loops."""
    name = model.graph.output[0].name
    exact = evaluate(model, feed)[name]
    assert exact.dtype == np.float64
    errors = []
    for reference in (False, True):
        got = Session(model.SerializeToString(), reference=reference, threads=2).run(feed)[name]
        assert got.shape == exact.shape
        errors.append(float(np.abs(got - exact).max() / np.ptp(exact)))
    with capsys.disabled():
        print(f"\n{what}: error {errors[0]:.1e}, by reference loops {errors[1]:.1e}", end=" ")
    assert max(errors) <= MOST


@pytest.mark.parametrize("name", NETWORKS)
def test_network(data: Data, capsys: pytest.CaptureFixture[str], name: str) -> None:
    model = in_floats(network(name, *SIZES[name][:2], data))
    check(capsys, name, model, feed_for(model, name))


@pytest.mark.parametrize("name", STYLES)
def test_painted_bytes(data: Data, name: str) -> None:
    model = network(name, *SIZES[name][:2], data)
    feed = feed_for(model, name)
    wanted = evaluate(model, feed)["painted"].astype(int)
    got = Session(model.SerializeToString()).run(feed)["painted"]
    difference = np.abs(got - wanted)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.001


def rectified(random: np.random.Generator, shape: list[int]) -> Array:
    """Values that have a mean, which is what Winograd's transforms lose digits on."""
    return np.maximum(random.standard_normal(shape), 0).astype(np.float32)


def one_conv(
    random: np.random.Generator, shape: list[int], channels: int, size: int
) -> onnx.ModelProto:
    """A square convolution of that image, which keeps height and width."""
    weights = random.standard_normal((channels, shape[1], size, size)) / size / np.sqrt(shape[1])
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"], pads=[size // 2] * 4)],
        "conv",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(weights.astype(np.float32), "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.mark.parametrize(
    ("channels_in", "channels", "size"),
    [
        (8, 8, 3),
        (12, 12, 3),
        (11, 9, 3),
        (16, 16, 3),
        (48, 48, 3),
        (128, 128, 3),
        (16, 3, 5),
        (32, 3, 9),
        (3, 32, 9),
        (64, 64, 7),
    ],
)
def test_winograd(
    capsys: pytest.CaptureFixture[str], channels_in: int, channels: int, size: int
) -> None:
    random = np.random.default_rng(channels)
    shape = [1, channels_in, 29, 37]
    model = one_conv(random, shape, channels, size)
    feed = {"x": rectified(random, shape)}
    steps = Session(model.SerializeToString()).plan({"x": shape}).steps
    assert any("Winograd" in step.description for step in steps)
    check(capsys, f"Winograd, {size}x{size}, {channels_in} to {channels}", model, feed)
