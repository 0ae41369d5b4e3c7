"""Random networks in the format of our style files, for measuring and for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

LUMA = (0.299, 0.587, 0.114)


class Network:
    """Nodes, constants and inputs of a style network under construction."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.inputs = [helper.make_tensor_value_info("image", TensorProto.UINT8, _PIXELS)]

    def add(self, op: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node with one output, and give its name."""
        output = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        """Add a constant."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def weights(self, *shape: int) -> str:
        """float16 in the file, float32 in use."""
        scale = 1 / np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else 1
        values = self.random.standard_normal(shape) * scale
        return self.add("Cast", self.constant(values, np.float16), to=TensorProto.FLOAT)

    def input(self, name: str, length: int) -> str:
        """Add an input of so many floats."""
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [length]))
        return name

    def parameters(self, styles: int, channels: Sequence[int]) -> list[str]:
        """Scale and shift of every norm, in turn: made of `style`, or constant without styles."""
        sizes = [c for c in channels for _ in range(2)]
        if not styles:
            return [self.weights(c) for c in sizes]
        row = self.add("Unsqueeze", self.input("style", styles), self.constant([0], np.int64))
        mixed = self.add("MatMul", row, self.weights(styles, sum(sizes)))
        flat = self.add("Squeeze", mixed, self.constant([0], np.int64))
        names = [f"parameters_{i}" for i in range(len(sizes))]
        split = self.constant(sizes, np.int64)
        self.nodes.append(helper.make_node("Split", [flat, split], names, axis=0))
        return names

    def conv(self, x: str, inside: int, outside: int, size: int = 3, **attributes: Any) -> str:
        """Reflection padding and a convolution of these channels in and out."""
        pads = self.constant([0, 0, size // 2, size // 2] * 2, np.int64)
        padded = self.add("Pad", x, pads, mode="reflect")
        return self.add("Conv", padded, self.weights(outside, inside, size, size), **attributes)

    def upsample(self, x: str) -> str:
        """Twice as many rows and columns."""
        place = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return self.add("Resize", x, "", self.constant([1, 1, 2, 2]), mode="nearest", **place)

    def matrix(self, strength: bool, colours: bool) -> str:
        """What the difference from the photo is multiplied by: [3, 3, 1, 1]."""
        identity = np.eye(3).reshape(3, 3, 1, 1)
        luma = np.broadcast_to(np.reshape(LUMA, (1, 3, 1, 1)), (3, 3, 1, 1))
        matrix = self.constant(identity)
        if colours:
            keep = self.input("colours", 1)
            paint = self.add("Mul", self.add("Sub", self.constant(1), keep), matrix)
            matrix = self.add("Add", paint, self.add("Mul", keep, self.constant(luma)))
        return self.add("Mul", self.input("strength", 1), matrix) if strength else matrix

    def blend(self, painted: str, image: str, matrix: str) -> str:
        """The photo and the matrix's part of what the painting changes."""
        delta = self.add("Sub", painted, image)
        return self.add("Add", image, self.add("Conv", delta, matrix))

    def model(self, metadata: dict[str, str]) -> bytes:
        """The graph as a file."""
        painted = helper.make_tensor_value_info("painted", TensorProto.UINT8, _PIXELS)
        graph = helper.make_graph(self.nodes, "style", self.inputs, [painted], self.constants)
        opset = [helper.make_opsetid("", 17)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=8)
        helper.set_model_props(model, metadata)
        return bytes(model.SerializeToString())


_PIXELS: list[str | int | None] = [1, "height", "width", 3]


def style_network(
    names: Sequence[str] = (),
    *,
    strength: bool = True,
    colours: bool = True,
    width: int = 16,
    seed: int = 0,
    metadata: dict[str, str] | None = None,
) -> bytes:
    """A small network of random weights with an input `style` for these styles, or without.

    `strength` and `colours` say whether it has these inputs; `width` is how many channels it has
    in its middle. Pictures of any size: padded to even sides, and cropped again.
    """
    g = Network(seed)
    size = g.add("Gather", g.add("Shape", "image"), g.constant([1, 2], np.int64), axis=0)
    image = g.add("Transpose", g.add("Cast", "image", to=TensorProto.FLOAT), perm=[0, 3, 1, 2])
    two = g.constant([2], np.int64)
    pads = g.add("Concat", g.constant([0] * 6, np.int64), g.add("Mod", size, two), axis=0)
    x = g.add("Pad", g.add("Mul", image, g.constant(1 / 255)), pads, mode="reflect")
    p = g.parameters(len(names), [width, width, width])
    x = g.conv(x, 3, width, 5, strides=[2, 2])
    x = y = g.add("Relu", g.add("InstanceNormalization", x, *p[:2]))
    x = g.add("Relu", g.add("InstanceNormalization", g.conv(x, width, width), *p[2:4]))
    x = g.add("Add", y, g.add("InstanceNormalization", g.conv(x, width, width), *p[4:]))
    x = g.add("Mul", g.conv(g.upsample(x), width, 3), g.constant(90))
    x = g.add("Add", x, g.constant(128))
    ends = g.constant([0, 0], np.int64), size, g.constant([2, 3], np.int64)
    x = g.add("Slice", x, *ends)
    if strength or colours:
        x = g.blend(x, image, g.matrix(strength, colours))
    x = g.add("Clip", g.add("Add", x, g.constant(0.5)), g.constant(0), g.constant(255))
    g.add("Transpose", g.add("Cast", x, to=TensorProto.UINT8), output="painted", perm=[0, 2, 3, 1])
    styles = [{"name": name, "title": f"A {name.title()}", "artist": "Nobody"} for name in names]
    listed = {"pleinair.styles": json.dumps(styles)} if names else {}
    return g.model({**listed, **(metadata or {})})
