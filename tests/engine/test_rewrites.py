"""Every rewrite of the planner, on a network that gives each of them something to do."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from pleinair.engine import Session, rewrites

# What changes the order of additions, and with it the last bits; all others must not.
REORDER = ("phases", "differences", "winograd", "tall")
SIZE = (1, 22, 19, 3)
MIX = (3, 3, 1, 1)  # weights that are given for each run
SHAPES = {"image": SIZE, "mix": MIX}


class Graph:
    """Nodes in a row, with seeded weights."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(3)
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.inputs: list[ValueInfoProto] = []

    def weights(self, *shape: int) -> str:
        scale = 1 / np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else 1
        return self.constant((self.random.standard_normal(shape) * scale).astype(np.float32))

    def constant(self, array: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def norm(self, x: str, channels: int) -> str:
        return self.add("InstanceNormalization", x, self.weights(channels), self.weights(channels))

    def conv(
        self, x: str, channels_in: int, channels: int, size: int = 3, **attributes: Any
    ) -> str:
        pads = self.constant(np.array([0, 0, *[size // 2] * 2] * 2, np.int64))
        padded = self.add("Pad", x, pads, mode="reflect")
        weights = self.weights(channels, channels_in, size, size)
        return self.add("Conv", padded, weights, self.weights(channels), **attributes)

    def upsample(self, x: str) -> str:
        scales = self.constant(np.array([1, 1, 2, 2], np.float32))
        place: dict[str, Any] = {
            "coordinate_transformation_mode": "asymmetric",
            "nearest_mode": "floor",
        }
        return self.add("Resize", x, "", scales, mode="nearest", **place)


def model(g: Graph, image: list[str | int], kind: int, **outputs: int) -> bytes:
    """The graph as a file: an input `image` before its others, outputs by name with their types."""
    graph = helper.make_graph(
        g.nodes,
        "all",
        [helper.make_tensor_value_info("image", kind, image), *g.inputs],
        [helper.make_tensor_value_info(name, type, None) for name, type in outputs.items()],
        g.constants,
    )
    opsets = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString())


@cache
def network(cast_last: bool = False) -> bytes:
    """Bytes in and both float and byte pictures out, by way of all that the planner folds."""
    g = Graph()
    x = g.add("Transpose", g.add("Cast", "image", to=TensorProto.FLOAT), perm=[0, 3, 1, 2])
    x = g.add("Sub", x, g.constant(np.array([[[100]], [[110]], [[120]]], np.float32)))
    x = g.add("Mul", x, g.constant(np.float32(1 / 64)))
    x = g.add("Relu", g.norm(g.conv(x, 3, 16, 5), 16))
    window: dict[str, Any] = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    x = left = g.add("AveragePool", g.add("MaxPool", x, **window), count_include_pad=1, **window)
    x = g.add("PRelu", g.norm(g.conv(x, 16, 16), 16), g.weights(16, 1, 1))
    x = g.add("Add", g.norm(g.conv(x, 16, 16), 16), left)
    parameters = [g.weights(16), g.weights(16), g.weights(16), g.constant(np.ones(16, np.float32))]
    x = g.add("BatchNormalization", g.conv(x, 1, 16, group=16), *parameters)
    x = g.conv(g.add("LeakyRelu", x, alpha=0.2), 16, 16, 1)
    weights = g.weights(16, 64, 4, 4)
    x = g.add("ConvTranspose", x, weights, strides=[2, 2], pads=[1, 1, 1, 1])
    x = g.add("Relu", g.norm(x, 64))
    x = g.add("Relu", g.conv(g.upsample(x), 64, 16))
    x = g.add("DepthToSpace", g.add("SpaceToDepth", g.upsample(x), blocksize=2), blocksize=2)
    x = g.add("Conv", g.conv(x, 16, 3), "mix")
    x = g.add("Tanh", x, output="signal")
    x = g.add("Add", g.add("Mul", x, g.constant(np.float32(90))), g.constant(np.float32(128)))
    ends = [g.constant(np.array(v, np.int64)) for v in ([1, 2], [81, 72], [2, 3])]
    x = g.add("Slice", x, *ends)
    if cast_last:
        x = g.add("Transpose", x, perm=[0, 2, 3, 1])
        g.add("Cast", x, output="painted", to=TensorProto.UINT8)
    else:
        x = g.add("Cast", x, to=TensorProto.UINT8)
        g.add("Transpose", x, output="painted", perm=[0, 2, 3, 1])
    g.inputs.append(helper.make_tensor_value_info("mix", TensorProto.FLOAT, MIX))
    outputs = {"signal": TensorProto.FLOAT, "painted": TensorProto.UINT8}
    return model(g, [1, "h", "w", 3], TensorProto.UINT8, **outputs)


def inputs() -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(0)
    image = random.integers(0, 256, SIZE, dtype=np.uint8)
    mix = random.dirichlet(np.ones(3), 3)  # means of the colours: no error grows by it
    return {"image": image, "mix": mix.reshape(MIX).astype(np.float32)}


def run(without: tuple[str, ...] = (), reference: bool = False) -> dict[str, NDArray[Any]]:
    return Session(network(), threads=2, reference=reference, without=without).run(inputs())


@cache
def reference() -> dict[str, NDArray[Any]]:
    return run(reference=True)


def test_every_rewrite_changes_the_plan() -> None:
    def plan(*without: str) -> object:
        steps = Session(network(), without=without).plan(SHAPES).steps
        return [(step.kind, step.description, step.macs) for step in steps]

    assert len(rewrites()) >= 10
    for name in rewrites():
        assert plan(name) != plan(), f"{name} has nothing to do in this network"


@pytest.mark.parametrize("name", [None, *(r for r in rewrites() if r not in REORDER)])
def test_folding_keeps_the_bits(name: str | None) -> None:
    made = run(without=REORDER if name is None else (name, *REORDER))
    for output, expected in reference().items():
        np.testing.assert_array_equal(made[output], expected, err_msg=output)


@pytest.mark.parametrize("without", [(), *((name,) for name in rewrites())])
def test_reordering_changes_only_the_last_bits(without: tuple[str, ...]) -> None:
    made = run(without)
    np.testing.assert_allclose(made["signal"], reference()["signal"], rtol=0, atol=2e-5)
    steps = made["painted"].astype(int) - reference()["painted"].astype(int)
    assert np.abs(steps).max() <= 1


def test_the_order_of_cast_and_transpose_does_not_matter() -> None:
    def steps(data: bytes) -> list[tuple[str, str]]:
        return [(s.kind, s.description) for s in Session(data).plan(SHAPES).steps]

    assert steps(network(cast_last=True)) == steps(network())
    made = Session(network(cast_last=True), without=REORDER).run(inputs())
    for output, expected in reference().items():
        np.testing.assert_array_equal(made[output], expected, err_msg=output)


def test_a_cropping_store_collects_statistics_of_what_it_keeps() -> None:
    g = Graph()
    x = g.add("ConvTranspose", "image", g.weights(3, 12, 3, 3), strides=[2, 2])
    ends = [g.constant(np.array(v, np.int64)) for v in ([1, 2], [-2, -1], [2, 3])]
    x = g.add("Relu", g.norm(g.add("Slice", x, *ends), 12))
    g.add("Conv", x, g.weights(5, 12, 3, 3), output="made")
    data = model(g, [1, 3, "h", "w"], TensorProto.FLOAT, made=TensorProto.FLOAT)
    image = np.random.default_rng(1).standard_normal((1, 3, 9, 11)).astype(np.float32)
    steps = Session(data).plan({"image": image.shape}).steps
    assert [s.kind for s in steps] == ["conv transposed", "norm", "conv"]
    expected = Session(data, reference=True).run({"image": image})["made"]
    made = Session(data, without=REORDER).run({"image": image})["made"]
    np.testing.assert_array_equal(made, expected)
