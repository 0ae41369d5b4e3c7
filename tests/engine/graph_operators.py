"""More of what random graphs grow by, for test_random_graphs: operators that choose, count and
repeat.

What chooses must not depend on the last bits of a sum, in which the reference may differ: it looks
at the network's input.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto

from tests.engine.graph_builder import BLOCKS, MOST_ELEMENTS, Builder, spatial

COMPARISONS = ("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")


def look_at_input(b: Builder, x: str) -> str:
    """Exact numbers that broadcast to `x`: extremes of the input, or places of its largest ones."""
    image = b.images[0]
    of_pixels = spatial(b.values[image]) == spatial(b.values[x]) and b.pick(True, False)
    axes = [1] if of_pixels else [1, 2, 3]
    kind = b.pick("ReduceMax", "ReduceMin", "ArgMax")
    if kind != "ArgMax":
        extreme = reduce(b, kind, image, axes)
        return b.node("Mul", extreme, b.constant(0.5))
    last = b.pick(0, 1)
    place = b.node("ArgMax", image, axis=1, keepdims=1, select_last_index=last)
    real = b.node("Cast", place, to=TensorProto.FLOAT)
    return real if of_pixels else reduce(b, "ReduceMax", real, [1, 2, 3])


def reduce(b: Builder, kind: str, x: str, axes: list[int], keepdims: int = 1) -> str:
    """Reduce, with the axes where the operator has them in this operator set."""
    as_input = b.opset >= (13 if kind == "ReduceSum" else 18)
    if as_input:
        return b.node(kind, x, b.constant(axes, np.int64), keepdims=keepdims)
    return b.node(kind, x, axes=axes, keepdims=keepdims)


def choose(b: Builder, x: str) -> str | None:
    """Where: one or the other branch, for the whole image or for each pixel."""
    level = b.constant(b.pick(-0.5, 0.0, 0.25, 1.0))
    condition = b.node(b.pick(*COMPARISONS), look_at_input(b, x), level)
    other = b.pick(lambda: b.node("Neg", x), lambda: b.constant(0.75))()
    return b.node("Where", condition, *((x, other) if b.pick(True, False) else (other, x)))


def with_input(b: Builder, x: str) -> str | None:
    """What the input says is added, expanded first or not."""
    y = look_at_input(b, x)
    if b.pick(True, False):
        y = b.node("Expand", y, b.node("Shape", x))
    return b.node(b.pick("Add", "Sub", "Max"), x, y)


def summed(b: Builder, x: str) -> str | None:
    """A sum, mean or extreme over some axes, added to what it was made of."""
    axes = [axis for axis in (1, 2, 3) if b.pick(True, False)] or [3]
    kind = b.pick("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin")
    part = reduce(b, kind, x, axes)
    return b.node("Add", x, b.node("Mul", part, b.constant(0.1)))


def tile(b: Builder, x: str) -> str | None:
    repeats = [1, b.pick(1, 2), b.whole(1, 2), b.whole(1, 3)]
    if b.values[x].size * int(np.prod(repeats)) > MOST_ELEMENTS:
        return None
    return b.node("Tile", x, b.constant(repeats, np.int64))


def ramp(b: Builder, x: str) -> str | None:
    """Places of pixels, made by Range of the image's own width; or zeros of its shape and more."""
    shape = b.node("Shape", x)
    if b.pick(True, False):
        value = TensorProto(dims=[1], data_type=TensorProto.FLOAT, float_data=[0.5])
        return b.node("Sub", x, b.node("ConstantOfShape", shape, value=value))
    axis = b.pick(2, 3)
    extent = b.node("Gather", shape, b.constant(axis, np.int64))
    places = b.node("Range", b.constant(0, np.int64), extent, b.constant(1, np.int64))
    places = b.node("Mul", b.node("Cast", places, to=TensorProto.FLOAT), b.constant(0.125))
    if axis == 2:
        places = b.node("Unsqueeze", places, b.constant([1], np.int64))
    return b.node("Add", x, places)


def layer_norm(b: Builder, x: str) -> str | None:
    if b.opset < 17:
        return None
    axis = b.pick(-1, 2, 1)
    shape = b.values[x].shape[axis:]
    flat = b.values[x].var(axis=tuple(range(axis % 4, 4))).min() < 1e-2
    bias = [b.weights(*shape)] if b.pick(True, False) else []
    epsilon = 1.0 if flat else 1e-5
    return b.node("LayerNormalization", x, b.weights(*shape), *bias, axis=axis, epsilon=epsilon)


def group_norm(b: Builder, x: str) -> str | None:
    if b.opset < 18:
        return None
    batch, channels = b.values[x].shape[:2]
    groups = b.pick(*[g for g in range(1, channels + 1) if channels % g == 0])
    size = channels if b.opset >= 21 else groups
    flat = b.values[x].reshape(batch, groups, -1).var(axis=2).min() < 1e-2
    return b.node(
        "GroupNormalization",
        x,
        b.weights(size),
        b.weights(size),
        num_groups=groups,
        epsilon=1.0 if flat else 1e-5,
    )


def resize(b: Builder, x: str) -> str | None:
    """To any size, in every mode."""
    height, width = spatial(b.values[x])
    mode = b.pick("nearest", "linear", "cubic")
    scales = [b.pick(0.5, 1.0, 2.0, 3.0) for _ in range(2)]
    sizes = [max(1, int(s * e)) for s, e in zip(scales, (height, width), strict=True)]
    if b.values[x].shape[0] * b.values[x].shape[1] * sizes[0] * sizes[1] > 1000:
        return None  # the reference loops over every pixel
    attributes: dict[str, Any] = {
        "mode": mode,
        "coordinate_transformation_mode": b.pick("half_pixel", "asymmetric", "align_corners"),
    }
    if mode == "nearest":
        attributes["nearest_mode"] = b.pick("floor", "ceil")
        attributes["coordinate_transformation_mode"] = "asymmetric"
    if mode == "cubic":
        attributes["cubic_coeff_a"] = b.pick(-0.75, -0.5)
    if mode != "nearest" and b.opset >= 18 and b.pick(True, False):
        attributes |= {"antialias": 1, "coordinate_transformation_mode": "half_pixel"}
    shape = [*b.values[x].shape[:2], *sizes]
    return b.node("Resize", x, "", "", b.constant(shape, np.int64), **attributes)


def rounded(b: Builder, x: str) -> str | None:
    """Whole numbers of the input, which jump and so must not be those of sums."""
    image = b.images[0]
    if b.values[image].dtype != np.float32 or b.values[image].shape != b.values[x].shape:
        return None
    return b.node("Sub", x, b.node(b.pick("Floor", "Ceil"), image))


def renamed(b: Builder, x: str) -> str | None:
    """What changes nothing: a dropout of training, an axis more and less, a constant as a node."""
    kind = b.pick("Dropout", "Squeeze", "Constant")
    if kind == "Dropout":
        return b.node("Dropout", x)
    if kind == "Squeeze":
        axes = b.constant([b.pick(0, 4)], np.int64)
        return b.node("Squeeze", b.node("Unsqueeze", x, axes), axes)
    value = TensorProto(dims=[1], data_type=TensorProto.FLOAT, float_data=[0.25])
    return b.node("Add", x, b.node("Constant", value=value))


def quantized(b: Builder, x: str) -> str | None:
    """A convolution whose weights are bytes in the file, or the input in steps."""
    if b.opset < 19:
        return None  # the reference has none for it
    if b.pick(True, False) and b.values[b.images[0]].shape == b.values[x].shape:
        step, zero = b.constant(0.05), b.constant(128, np.uint8)
        steps = b.node("QuantizeLinear", b.images[0], step, zero)
        return b.node("Add", x, b.node("DequantizeLinear", steps, step, zero))
    channels, out = b.values[x].shape[1], b.whole(1, 8)
    numbers = b.random.integers(-127, 128, (out, channels, 3, 3))
    scale = b.constant((b.random.random(out) + 0.5) / 200)
    zeros = b.constant(np.zeros(out), np.int8)
    weights = b.node("DequantizeLinear", b.constant(numbers, np.int8), scale, zeros, axis=0)
    return b.node("Conv", x, weights, pads=[1] * 4)


OPERATORS = [
    choose, choose, with_input, summed, tile, ramp, layer_norm, group_norm, resize, quantized,
    rounded, renamed,
]  # fmt: skip
ALL_BLOCKS = [*BLOCKS, *OPERATORS]
