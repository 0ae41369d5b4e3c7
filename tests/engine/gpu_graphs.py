"""Small graphs of what style networks are made of: odd sizes, borders of a pixel, many channels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

Array = NDArray[Any]


class Graph:
    """Nodes in a row from `x`, with seeded weights."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(5)
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def weights(self, *shape: int) -> str:
        return self.constant(self.random.standard_normal(shape).astype(np.float32))

    def constant(self, value: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), f"c{len(self.constants)}"))
        return self.constants[-1].name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [f"n{len(self.nodes)}"], **attributes))
        return str(self.nodes[-1].output[0])

    def model(self, channels: int) -> bytes:
        ports = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * 4)
            for name in ("x", self.nodes[-1].output[0])
        ]
        ports[0].type.tensor_type.shape.dim[1].dim_value = channels
        graph = helper.make_graph(self.nodes, "graph", ports[:1], ports[1:], self.constants)
        opset = [helper.make_opsetid("", 17)]
        made = helper.make_model(graph, opset_imports=opset, ir_version=8)
        return bytes(made.SerializeToString())


def conv(channels_in: int, channels: int, kernel: int, **attributes: Any) -> Any:
    def build(g: Graph, x: str) -> str:
        weights = g.weights(channels, channels_in // attributes.get("group", 1), kernel, kernel)
        return g.add("Conv", x, weights, g.weights(channels), **attributes)

    return build


def transposed(channels_in: int, channels: int, kernel: int, **attributes: Any) -> Any:
    def build(g: Graph, x: str) -> str:
        weights = g.weights(channels_in, channels, kernel, kernel)
        return g.add("ConvTranspose", x, weights, g.weights(channels), **attributes)

    return build


def padded(mode: str, pads: list[int], then: Any) -> Any:
    def build(g: Graph, x: str) -> str:
        border = g.constant(np.array([0, 0, *pads[:2], 0, 0, *pads[2:]], np.int64))
        return str(then(g, g.add("Pad", x, border, mode=mode)))

    return build


def upsampled(factor: int, then: Any) -> Any:
    def build(g: Graph, x: str) -> str:
        scales = g.constant(np.array([1, 1, factor, factor], np.float32))
        place = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return str(then(g, g.add("Resize", x, "", scales, mode="nearest", **place)))

    return build


def same(operator: str, *constants: Any, **attributes: Any) -> Any:
    """One of the small operators, before a convolution of 5 channels and behind it."""

    def build(g: Graph, x: str) -> str:
        def use(v: str) -> str:
            values = [g.constant(np.asarray(value, np.float32)) for value in constants]
            return g.add(operator, v, *values, **attributes)

        return use(conv(5, 5, 3, pads=[1] * 4)(g, use(x)))

    return build


def norm(channels: int, then: Any) -> Any:
    def build(g: Graph, x: str) -> str:
        scale, bias = g.weights(channels), g.weights(channels)
        made = g.add("InstanceNormalization", x, scale, bias, epsilon=1e-5)
        return str(then(g, made))

    return build


def residual(operator: str) -> Any:
    def build(g: Graph, x: str) -> str:
        inner = conv(5, 5, 3, pads=[1] * 4)(g, x)
        return str(conv(5, 4, 1)(g, norm(5, lambda g, v: g.add(operator, v, x))(g, inner)))

    return build


def cropped(g: Graph, x: str) -> str:
    ends = [g.constant(np.array(v, np.int64)) for v in ([1, 2], [-1, -2], [2, 3])]
    return str(conv(8, 4, 3)(g, g.add("Slice", conv(5, 8, 1)(g, x), *ends)))


def blocks(how: str, mode: str) -> Any:
    """Channels of what comes in, to pixels ("depth"), or pixels to channels, by three."""
    operator = {"depth": "DepthToSpace", "space": "SpaceToDepth"}[how]

    def build(g: Graph, x: str) -> str:
        inner = conv(27 if how == "depth" else 5, 27 if how == "depth" else 5, 1)(g, x)
        moved = g.add(operator, inner, blocksize=3, mode=mode)
        return str(conv(3 if how == "depth" else 45, 4, 3, pads=[1] * 4)(g, moved))

    return build


def keep(g: Graph, x: str) -> str:
    return g.add("Relu", x)


A, B = 11, 19  # height and width of the pictures
OPERATORS: dict[str, tuple[Any, tuple[int, int, int, int]]] = {
    "conv of one channel": (conv(1, 1, 3, pads=[1] * 4), (1, 1, A, B)),
    "conv of many channels": (conv(70, 37, 3, pads=[1] * 4), (1, 70, A, B)),
    "conv of more channels than a tile": (conv(9, 260, 1), (1, 9, 3, 5)),
    "conv of one pixel": (conv(5, 6, 3, pads=[1] * 4), (1, 5, 1, 1)),
    "conv in two strides": (conv(6, 8, 5, strides=[2, 2], pads=[2] * 4), (2, 6, A, B)),
    "conv in four strides": (conv(3, 4, 9, strides=[4, 3], pads=[4] * 4), (1, 3, 30, 41)),
    "conv dilated": (conv(4, 5, 3, dilations=[3, 2], pads=[3, 2, 3, 2]), (1, 4, A, B)),
    "conv in groups": (conv(16, 24, 3, group=2, pads=[1] * 4), (1, 16, A, B)),
    "conv by depth": (conv(22, 22, 3, group=22, strides=[2, 1], pads=[1] * 4), (1, 22, A, B)),
    "transposed": (transposed(6, 5, 4, strides=[2, 2], pads=[1] * 4), (1, 6, A, B)),
    "transposed by three": (transposed(5, 9, 3, strides=[3, 2], pads=[0, 1, 1, 0]), (2, 5, 4, 7)),
    "reflected": (padded("reflect", [1, 1, 1, 1], conv(5, 4, 3)), (1, 5, 2, B)),
    "reflected far": (padded("reflect", [4, 5, 3, 2], conv(5, 4, 5)), (1, 5, A, B)),
    "edges": (padded("edge", [1, 2, 3, 1], conv(5, 4, 3)), (1, 5, A, B)),
    "zeros": (padded("constant", [1, 0, 2, 1], conv(5, 4, 3)), (1, 5, A, B)),
    "padding alone": (padded("reflect", [1, 2, 1, 2], keep), (2, 5, A, B)),
    "upsampled conv": (upsampled(2, conv(6, 5, 3, pads=[1] * 4)), (1, 6, A, B)),
    "upsampled reflected conv": (
        upsampled(2, padded("reflect", [1] * 4, conv(6, 3, 3))),
        (1, 6, A, B),
    ),
    "upsampled by three": (upsampled(3, conv(6, 5, 5, pads=[2] * 4)), (1, 6, 5, 4)),
    "average": (
        lambda g, x: g.add("AveragePool", x, kernel_shape=[4, 4], strides=[4, 4]),
        (1, 6, 24, 44),
    ),
    "maximum": (
        lambda g, x: g.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4),
        (1, 6, A, B),
    ),
    "norm": (norm(37, keep), (2, 37, A, B)),
    "norm of many pixels": (norm(3, keep), (1, 3, 61, 130)),
    "norm of a crop": (lambda g, x: norm(4, keep)(g, cropped(g, x)), (1, 5, A + 8, B)),
    "add": (residual("Add"), (1, 5, A, B)),
    "subtract": (residual("Sub"), (1, 5, A, B)),
    "multiply": (residual("Mul"), (2, 5, A, B)),
    "scale and shift": (same("Mul", np.linspace(-1, 1, 5).reshape(1, 5, 1, 1)), (1, 5, A, B)),
    "batch norm": (
        same("BatchNormalization", *np.linspace(0.5, 2, 20).reshape(4, 5)),
        (1, 5, A, B),
    ),
    "prelu": (same("PRelu", np.linspace(-1, 1, 5).reshape(5, 1, 1)), (1, 5, A, B)),
    "leaky relu": (same("LeakyRelu", alpha=0.3), (1, 5, A, B)),
    "relu": (same("Relu"), (1, 5, A, B)),
    "clip": (same("Clip", -0.5, 0.75), (1, 5, A, B)),
    "sigmoid": (same("Sigmoid"), (1, 5, A, B)),
    "tanh": (same("Tanh"), (1, 5, A, B)),
    "exp": (lambda g, x: g.add("Exp", conv(5, 5, 3, pads=[1] * 4)(g, x)), (1, 5, A, B)),
    "hard swish": (same("HardSwish"), (1, 5, A, B)),
    **{
        f"{how} to {mode.lower()}": (blocks(how, mode), shape)
        for how, shape in {"depth": (2, 27, 4, 7), "space": (1, 5, 9, 12)}.items()
        for mode in ("DCR", "CRD")
    },
    "crop": (cropped, (1, 5, A + 8, B)),
}


def model_of(name: str) -> tuple[bytes, Array]:
    build, shape = OPERATORS[name]
    graph = Graph()
    build(graph, "x")
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    return graph.model(shape[1]), x
