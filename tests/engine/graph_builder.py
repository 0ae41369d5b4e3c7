"""Random graphs, node by node, for test_random_graphs: the builder and what it builds with.

Every node is evaluated by ONNX's reference as soon as it is drawn, so that the next one can be
chosen by the shapes and values that are there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

Array = NDArray[Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

MOST_ELEMENTS = 6000  # of a tensor: the reference takes its time


def spatial(value: Array) -> tuple[int, int]:
    return value.shape[2], value.shape[3]


@dataclass
class Builder:
    """A graph under construction, with the value that each of its tensors has."""

    draw: Draw
    opset: int
    random: np.random.Generator
    nodes: list[NodeProto] = field(default_factory=list)
    initializers: list[TensorProto] = field(default_factory=list)
    values: dict[str, Array] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)  # tensors [N, C, H, W] to go on from

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def whole(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    def name(self, value: Array) -> str:
        name = f"t{len(self.values)}"
        self.values[name] = value
        return name

    def constant(self, value: Any, dtype: Any = np.float32) -> str:
        name = self.name(np.asarray(value, dtype))
        self.initializers.append(numpy_helper.from_array(self.values[name], name))
        return name

    def weights(self, *shape: int, scale: float = 1.0) -> str:
        return self.constant(self.random.standard_normal(shape) * scale)

    def many(self, op: str, inputs: list[str], outputs: int, **attributes: Any) -> list[str]:
        names = [f"t{len(self.values) + i}" for i in range(outputs)]
        node = helper.make_node(op, inputs, names, name=f"{op}_{names[0]}", **attributes)
        feed = {name: self.values[name] for name in inputs if name}
        self.values |= dict(zip(names, evaluate(node, feed, self.opset), strict=True))
        self.nodes.append(node)
        return names

    def node(self, op: str, *inputs: str, **attributes: Any) -> str:
        return self.many(op, list(inputs), 1, **attributes)[0]

    def axes(self, op: str, x: str, axes: list[int], **attributes: Any) -> str:
        """Reduce, with the axes where this operator set has them."""
        if self.opset < 18:
            return self.node(op, x, axes=axes, **attributes)
        return self.node(op, x, self.constant(axes, np.int64), **attributes)


def evaluate(node: NodeProto, feed: dict[str, Array], opset: int) -> list[Array]:
    def info(name: str, value: Array | None) -> Any:
        kind = helper.np_dtype_to_tensor_dtype(value.dtype) if value is not None else 0
        return helper.make_tensor_value_info(name, kind, value.shape if value is not None else None)

    graph = helper.make_graph(
        [node],
        "one",
        [info(name, value) for name, value in feed.items()],
        [info(name, None) for name in node.output],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    with np.errstate(all="ignore"):
        return [np.asarray(value) for value in ReferenceEvaluator(model).run(None, feed)]


# ---- what a graph can grow by: from one image to another, or None where it does not fit --------


def conv(b: Builder, x: str) -> str | None:
    value = b.values[x]
    channels = value.shape[1]
    group = b.pick(*[g for g in range(1, channels + 1) if channels % g == 0])
    out = group * b.whole(1, max(1, b.pick(4, 12, 12, 36) // group))
    kernel = [b.pick(1, 2, 3, 3, 5) for _ in range(2)]
    dilations = [b.pick(1, 1, 2) for _ in range(2)]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    attributes: dict[str, Any] = {"strides": [b.pick(1, 1, 2, 3) for _ in range(2)]}
    same = b.pick("", "", "SAME_UPPER", "SAME_LOWER")
    if same and dilations == [1, 1]:
        attributes["auto_pad"] = same
    else:
        pads = [b.whole(0, 2) for _ in range(4)]
        for axis, extent in enumerate(spatial(value)):
            pads[axis] += max(0, reach[axis] - extent - pads[axis] - pads[2 + axis])
        attributes["pads"] = pads
    weights = b.weights(out, channels // group, *kernel, scale=1 / math.sqrt(math.prod(kernel)))
    inputs = [x, weights, *([b.weights(out)] if b.pick(True, False) else [])]
    return b.node(
        "Conv", *inputs, group=group, dilations=dilations, kernel_shape=kernel, **attributes
    )


def conv_transpose(b: Builder, x: str) -> str | None:
    channels = b.values[x].shape[1]
    kernel, stride = b.whole(2, 4), b.whole(1, 2)
    inputs = [x, b.weights(channels, b.whole(1, 8), kernel, kernel, scale=1 / kernel)]
    if b.pick(True, False):
        inputs.append(b.weights(b.values[inputs[1]].shape[1]))
    pad = b.whole(0, 1) if min(spatial(b.values[x])) > 1 else 0
    return b.node(
        "ConvTranspose",
        *inputs,
        strides=[stride, stride],
        pads=[pad] * 4,
        output_padding=[b.whole(0, stride - 1)] * 2,
    )


def pad(b: Builder, x: str) -> str | None:
    mode = b.pick("constant", "reflect", "reflect", "edge")
    height, width = spatial(b.values[x])
    most = [min(3, height - 1), min(3, width - 1)] if mode == "reflect" else [3, 3]
    pads = [0, 0, b.whole(0, most[0]), b.whole(0, most[1])]
    pads += [0, 0, b.whole(0, most[0]), b.whole(0, most[1])]
    inputs = [x, b.constant(pads, np.int64)]
    if mode == "constant" and b.pick(True, False):
        inputs.append(b.constant(0.5))
    return b.node("Pad", *inputs, mode=mode)


def instance_norm(b: Builder, x: str) -> str | None:
    value = b.values[x]
    channels = value.shape[1]
    # An image that is (nearly) flat would be divided by its rounding errors.
    flat = value.var(axis=(2, 3)).min() < 1e-2
    return b.node(
        "InstanceNormalization",
        x,
        b.weights(channels),
        b.weights(channels),
        epsilon=1.0 if flat else 1e-5,
    )


def batch_norm(b: Builder, x: str) -> str | None:
    if b.opset < 14:
        return None  # there the reference normalises by the batch
    channels = b.values[x].shape[1]
    variance = b.constant(b.random.random(channels) + 0.5)
    return b.node(
        "BatchNormalization", x, *(b.weights(channels) for _ in range(3)), variance, epsilon=1e-3
    )


def activation(b: Builder, x: str) -> str | None:
    kind = b.pick("Relu", "Relu", "LeakyRelu", "PRelu", "Clip", "Sigmoid", "Tanh", "Elu")
    if kind == "PRelu":
        return b.node("PRelu", x, b.weights(b.values[x].shape[1], 1, 1))
    if kind == "Clip":
        return b.node("Clip", x, b.constant(-0.5), b.pick("", b.constant(1.5)))
    attributes = {"alpha": b.pick(0.01, 0.2)} if kind in ("LeakyRelu", "Elu") else {}
    return b.node(kind, x, **attributes)


def pointwise(b: Builder, x: str) -> str | None:
    kind = b.pick("HardSigmoid", "HardSwish", "Neg", "Abs", "Exp", "Sqrt", "Pow", "Log", "Identity")
    if kind == "HardSwish" and b.opset < 14:
        return None
    if kind == "Exp":
        return b.node("Exp", b.node("Clip", x, "", b.constant(2.0)))
    if kind in ("Sqrt", "Log"):
        return b.node(kind, b.node("Add", b.node("Abs", x), b.constant(0.5)))
    if kind == "Pow":
        return b.node("Pow", b.node("Tanh", x), b.constant(b.pick(2, 3)))
    return b.node(kind, x)


def with_constant(b: Builder, x: str) -> str | None:
    _, channels, height, width = b.values[x].shape
    shapes = [(), (1,), (channels, 1, 1), (1, channels, 1, 1), (height, width), (1, 1, 1, width)]
    kind = b.pick("Add", "Sub", "Mul", "Div", "Max", "Min")
    constant = b.random.random(b.pick(*shapes)) + 0.5
    pair = [x, b.constant(constant)]
    return b.node(kind, *(pair if kind == "Div" or b.pick(True, False) else pair[::-1]))


def residual(b: Builder, x: str) -> str | None:
    """Two branches of one shape, or that broadcast, joined again."""
    shape = b.values[x].shape
    fitting = [other for other in b.images if b.values[other].shape == shape]
    channels = shape[1]
    y = b.pick(*fitting, "conv")
    if y == "conv":
        y = b.node("Conv", x, b.weights(channels, channels, 3, 3, scale=0.3), pads=[1] * 4)
    return b.node(b.pick("Add", "Add", "Sub", "Mul", "Max", "Min"), y, x)


def gate(b: Builder, x: str) -> str | None:
    """What a pooled copy says of each channel multiplies the channel (squeeze and excitation)."""
    pooled = b.pick(
        lambda: b.node("GlobalAveragePool", x),
        lambda: b.axes("ReduceMean", x, [2, 3], keepdims=1),
    )()
    return b.node("Mul", x, b.node("Sigmoid", pooled))


def upsample(b: Builder, x: str) -> str | None:
    scales = b.pick([2, 2], [2, 2], [3, 3], [1, 2])
    if b.values[x].size * math.prod(scales) > MOST_ELEMENTS:
        return None
    factors = b.constant([1, 1, *scales])
    if b.pick(True, True, False):
        return b.node(
            "Resize",
            x,
            "",
            factors,
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        )
    mode = b.pick("half_pixel", "align_corners", "asymmetric")
    if b.values[x].size * math.prod(scales) > 1000:
        return None  # the reference loops over every pixel
    return b.node("Resize", x, "", factors, mode="linear", coordinate_transformation_mode=mode)


def pool(b: Builder, x: str) -> str | None:
    kernel = b.whole(2, 3)
    if min(spatial(b.values[x])) < kernel:
        return None
    kind = b.pick("AveragePool", "MaxPool")
    strides = [b.whole(1, 3), b.whole(1, 3)]
    pads = [b.whole(0, 1) for _ in range(4)]
    if kind == "MaxPool" and strides == [1, 1]:
        pads = pads[:1] * 4  # the reference mixes the axes up where they differ
    return b.node(
        kind,
        x,
        kernel_shape=[kernel, kernel],
        strides=strides,
        pads=pads,
        **({"count_include_pad": b.whole(0, 1)} if kind == "AveragePool" else {}),
    )


def shuffle(b: Builder, x: str) -> str | None:
    _, channels, height, width = b.values[x].shape
    if height % 2 == 0 and width % 2 == 0:
        return b.node("SpaceToDepth", x, blocksize=2)
    if channels % 4 == 0:
        return b.node("DepthToSpace", x, blocksize=2, mode=b.pick("DCR", "CRD"))
    return None


def join(b: Builder, x: str) -> str | None:
    shape = b.values[x].shape
    fitting = [o for o in b.images if b.values[o].shape[2:] == shape[2:]]
    chosen = [x, *(b.pick(*fitting) for _ in range(b.whole(1, 2)))]
    if sum(b.values[o].size for o in chosen) > MOST_ELEMENTS:
        return None
    return b.node("Concat", *chosen, axis=b.pick(1, -3))


def cut(b: Builder, x: str) -> str | None:
    axis = b.whole(1, 3)
    extent = b.values[x].shape[axis]
    if extent < 2:
        return None
    if b.pick(True, False):
        start, step = b.whole(0, extent - 1), b.pick(1, 1, 2, -1)
        ends = [np.iinfo(np.int64).min if step < 0 else np.iinfo(np.int64).max]
        lists = ([start], ends, [axis], [step])
        return b.node("Slice", x, *(b.constant(numbers, np.int64) for numbers in lists))
    first = b.whole(1, extent - 1)
    sizes = b.constant([first, extent - first], np.int64)
    parts = b.many("Split", [x, sizes], 2, axis=axis)
    b.images.append(parts[0])
    return parts[1]


def turn(b: Builder, x: str) -> str | None:
    """Out of the layout of an image and back."""
    shape = b.values[x].shape
    if b.pick(True, False):
        inside = b.node("Transpose", x, perm=[0, 2, 3, 1])
        return b.node("Transpose", b.node("Tanh", inside), perm=[0, 3, 1, 2])
    flat = b.node("Reshape", x, b.constant([0, 0, -1], np.int64))
    soft = b.node("Softmax", flat, axis=b.pick(-1, 1))
    return b.node("Reshape", soft, b.constant(shape, np.int64))


def wide(b: Builder, x: str) -> str | None:
    """3×3 convolution of many channels, perhaps upsampled: where other algorithms take over."""
    channels, out = b.pick(8, 9, 12, 16, 17, 24, 64), b.pick(8, 11, 12, 16, 19, 32, 40)
    up = b.pick(1, 1, 2)
    if spatial(b.values[x])[0] * spatial(b.values[x])[1] * max(channels, out * up**2) > 20_000:
        return None
    given = b.values[x].shape[1]
    x = b.node("Conv", x, b.weights(channels, given, 1, 1, scale=1 / math.sqrt(given)))
    if up > 1:
        x = b.node(
            "Resize",
            x,
            "",
            b.constant([1, 1, up, up]),
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        )
    mode = "reflect" if min(spatial(b.values[x])) > 1 else "edge"
    if b.pick(True, False):
        x = b.node("Pad", x, b.constant([0, 0, 1, 1, 0, 0, 1, 1], np.int64), mode=mode)
    pads = [0] * 4 if min(spatial(b.values[x])) > 2 else [1] * 4
    weights = b.weights(out, channels, 3, 3, scale=1 / math.sqrt(9 * channels))
    bias = [b.weights(out)] if b.pick(True, False) else []
    return b.node("Conv", x, weights, *bias, pads=pads)


def tall(b: Builder, x: str) -> str | None:
    """Kernels of five rows and more, stride 1: another algorithm where the image is high enough."""
    channels, out = b.pick(1, 3, 8, 16), b.pick(1, 3, 4, 12, 16)
    height, width = b.pick(5, 5, 6, 7, 9), b.pick(1, 3, 5)
    if math.prod(spatial(b.values[x])) * max(channels, out) > 10_000:
        return None
    given = b.values[x].shape[1]
    x = b.node("Conv", x, b.weights(channels, given, 1, 1, scale=1 / math.sqrt(given)))
    scale = 1 / math.sqrt(height * width * channels)
    weights = b.weights(out, channels, height, width, scale=scale)
    bias = [b.weights(out)] if b.pick(True, False) else []
    above, left = b.whole(height // 2, height - 1), b.whole(width // 2, width - 1)
    return b.node("Conv", x, weights, *bias, pads=[above, left, height // 2, width // 2])


def style_block(b: Builder, x: str) -> str | None:
    """What a style network is made of: norm, activation, nearest upsampling, padding, conv."""
    steps = [upsample, pad, conv, instance_norm, activation]
    for step in steps:
        if step is upsample and b.pick(True, False):
            continue
        x = step(b, x) or x
    return x


BLOCKS = [
    conv, conv, conv_transpose, pad, instance_norm, batch_norm, activation, activation, pointwise,
    with_constant, residual, residual, gate, upsample, pool, shuffle, join, cut, turn,
    wide, wide, tall, style_block, style_block, style_block,
]  # fmt: skip
