"""Networks in float64, operator by operator in NumPy: what the engine's results should be.

Only the operators and the attributes that the networks of tests/engine/networks.py have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[Any]
Attributes = dict[str, Any]
SPATIAL = (2, 3)


def evaluate(model: onnx.ModelProto, feed: dict[str, Array]) -> dict[str, Array]:
    """Every value of the graph by name, floats as float64."""
    values = {t.name: _widen(numpy_helper.to_array(t)) for t in model.graph.initializer}
    values |= {name: _widen(array) for name, array in feed.items()}
    values[""] = np.zeros(0)
    for node in model.graph.node:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        operator = OPERATORS[node.op_type]
        made = operator(attributes, *(values[name] for name in node.input))
        several = made if isinstance(made, list) else [made]
        values |= dict(zip(node.output, several, strict=True))
    return values


def _widen(array: Array) -> Array:
    return array.astype(np.float64) if array.dtype.kind == "f" else array


# ---- convolutions ------------------------------------------------------------------------------


def _conv(a: Attributes, x: Array, w: Array, bias: Array | None = None) -> Array:
    pads, strides = a.get("pads", [0] * 4), a.get("strides", [1, 1])
    assert a.get("dilations", [1, 1]) == [1, 1]
    assert a.get("auto_pad", b"NOTSET") in (b"NOTSET", b"VALID")
    x = np.pad(x, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
    parts = [
        _correlate(part, weights, strides)
        for part, weights in zip(
            np.split(x, a.get("group", 1), 1), np.split(w, a.get("group", 1)), strict=True
        )
    ]
    y = np.concatenate(parts, axis=1)
    return y if bias is None else y + bias[:, None, None]


def _correlate(x: Array, w: Array, strides: Sequence[int]) -> Array:
    """One matrix product for each position of the kernel."""
    height, width = (
        (n - k) // s + 1 for n, k, s in zip(x.shape[2:], w.shape[2:], strides, strict=True)
    )
    y = np.zeros((len(x), len(w), height * width))
    for ky, kx in np.ndindex(w.shape[2:]):
        seen = x[:, :, ky:, kx:][:, :, :: strides[0], :: strides[1]][:, :, :height, :width]
        y += w[:, :, ky, kx] @ seen.reshape(*seen.shape[:2], -1)
    return y.reshape(*y.shape[:2], height, width)


def _conv_transpose(a: Attributes, x: Array, w: Array, bias: Array | None = None) -> Array:
    assert a.get("group", 1) == 1
    assert a.get("auto_pad", b"NOTSET") in (b"NOTSET", b"VALID")
    (up, right), (rows, columns) = a["strides"], x.shape[2:]
    spread = np.zeros((*x.shape[:2], (rows - 1) * up + 1, (columns - 1) * right + 1))
    spread[:, :, ::up, ::right] = x
    # Zeros all around, and as many more at the end as the asked shape needs; less the pads.
    full = [there + kernel - 1 for there, kernel in zip(spread.shape[2:], w.shape[2:], strict=True)]
    ends = [(0, 0), (0, 0)]
    for asked, there, kernel in zip(a.get("output_shape", full), full, w.shape[2:], strict=True):
        ends.append((kernel - 1, kernel - 1 + asked - there))
    flipped = w.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1]
    y = _conv({}, np.pad(spread, ends), flipped, bias)
    top, left, bottom, right_pad = a.get("pads", [0] * 4)
    return y[:, :, top : y.shape[2] - bottom, left : y.shape[3] - right_pad]


def _instance_norm(a: Attributes, x: Array, scale: Array, bias: Array) -> Array:
    mean, variance = x.mean(SPATIAL, keepdims=True), x.var(SPATIAL, keepdims=True)
    normal = (x - mean) / np.sqrt(variance + a.get("epsilon", 1e-5))
    return np.asarray(normal * scale[:, None, None] + bias[:, None, None])


# ---- what moves pixels -------------------------------------------------------------------------


def _pad(a: Attributes, x: Array, pads: Array | None = None, *_: Array) -> Array:
    widths = np.asarray(a["pads"] if pads is None else pads).reshape(2, -1).T
    assert a["mode"] == b"reflect"
    return np.pad(x, widths, mode="reflect")


def _resize(a: Attributes, x: Array, _: Array, scales: Array) -> Array:
    assert a["mode"] == b"nearest"
    assert a["coordinate_transformation_mode"] == b"asymmetric"
    assert a.get("nearest_mode") == b"floor"
    for axis, scale in enumerate(scales):
        assert scale == int(scale)
        x = np.repeat(x, int(scale), axis)
    return x


def _slice(_: Attributes, x: Array, starts: Array, ends: Array, axes: Array) -> Array:
    cut = [slice(None)] * x.ndim
    for start, end, axis in zip(starts, ends, axes, strict=True):
        cut[axis] = slice(int(start), int(end))
    return x[tuple(cut)]


def _crop(a: Attributes, x: Array) -> Array:
    left, top, right, bottom = a["border"]
    return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]


def _cast(a: Attributes, x: Array) -> Array:
    if a["to"] == TensorProto.UINT8:
        return np.clip(x, 0, 255).astype(np.uint8)
    return x.astype({TensorProto.FLOAT: np.float64, TensorProto.INT64: np.int64}[a["to"]])


def _concat(a: Attributes, *parts: Array) -> Array:
    return np.concatenate(parts, a["axis"])


def _split(a: Attributes, x: Array, sizes: Array) -> list[Array]:
    return np.split(x, np.cumsum(sizes)[:-1], a["axis"])


def _mod(a: Attributes, x: Array, y: Array) -> Array:
    assert not a.get("fmod")
    return np.asarray(np.mod(x, y))


def _dequantize(a: Attributes, x: Array, scale: Array) -> Array:
    return x * scale.reshape([-1 if axis == a["axis"] else 1 for axis in range(x.ndim)])


OPERATORS: dict[str, Callable[..., Array | list[Array]]] = {
    "Add": lambda _, x, y: x + y,
    "Affine": lambda a, x: a["alpha"] * x + a["beta"],
    "Cast": _cast,
    "Clip": lambda _, x, low, high: np.clip(x, low, high),
    "Concat": _concat,
    "Constant": lambda a: _widen(numpy_helper.to_array(a["value"])),
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Crop": _crop,
    "DequantizeLinear": _dequantize,
    "Gather": lambda a, x, indices: np.take(x, indices, a.get("axis", 0)),
    "ImageScaler": lambda a, x: x * a["scale"] + np.array(a["bias"])[:, None, None],
    "InstanceNormalization": _instance_norm,
    "MatMul": lambda _, x, y: x @ y,
    "Mod": _mod,
    "Mul": lambda _, x, y: x * y,
    "Pad": _pad,
    "Relu": lambda _, x: np.maximum(x, 0),
    "Reshape": lambda _, x, shape: x.reshape(shape),
    "Resize": _resize,
    "Shape": lambda _, x: np.array(x.shape),
    "Sigmoid": lambda _, x: 1 / (1 + np.exp(-x)),
    "Slice": _slice,
    "Split": _split,
    "Sub": lambda _, x, y: x - y,
    "Tanh": lambda _, x: np.tanh(x),
    "Transpose": lambda a, x: x.transpose(a["perm"]),
}
