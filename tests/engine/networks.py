"""The networks whose bits and accuracy are tested, and a picture that every machine can make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from bench.models import build
from pleinair.engine import ValueInfo
from pleinair.styles import find

Array = NDArray[Any]
Data = Callable[[str], Path]

STYLES = ("sketch", "easel", "mural")  # sides of 16 at least
BUILT = ("johnson", "small", "depthwise")  # multiples of 4, 20 at least
FOREIGN = ("candy", "super-resolution")  # candy: multiples of 4, 44 at least
NETWORKS = STYLES + BUILT + FOREIGN


def network(name: str, height: int, width: int, data: Data) -> onnx.ModelProto:
    """The network for pictures of this size; `data` finds the files of networks by others."""
    if name in BUILT:
        return build(name, height, width).model
    if name == "candy":
        return _candy(data("models/winml/candy.onnx"), height, width)
    if name == "super-resolution":
        return _super_resolution(data("models/super_resolution.onnx"), height, width)
    return onnx.load(find(name))


# The files of two networks fix the size of the picture. Their weights do not.


def _candy(path: Path, height: int, width: int) -> onnx.ModelProto:
    model = onnx.load(path)
    _set_size(model.graph.input[0], height, width)
    _set_size(model.graph.output[0], height, width)
    upsampling = [node for node in model.graph.node if node.op_type == "ConvTranspose"]
    for node, divisor in zip(upsampling, (2, 1), strict=True):
        (shape,) = (a for a in node.attribute if a.name == "output_shape")
        shape.ints[:] = [height // divisor + 2, width // divisor + 2]
    return model


def _super_resolution(path: Path, height: int, width: int) -> onnx.ModelProto:
    model = onnx.load(path)
    _set_size(model.graph.input[0], height, width)
    _set_size(model.graph.output[0], 3 * height, 3 * width)
    shapes = [node for node in model.graph.node if node.op_type == "Constant"]
    wanted = [-1, 1, 3, 3, height, width], [-1, 1, 3 * height, 3 * width]
    for node, shape in zip(shapes, wanted, strict=True):
        node.attribute[0].t.CopyFrom(numpy_helper.from_array(np.array(shape, np.int64)))
    return model


def _set_size(port: onnx.ValueInfoProto, height: int, width: int) -> None:
    dims = port.type.tensor_type.shape.dim
    dims[2].dim_value, dims[3].dim_value = height, width


def weights_of(model: onnx.ModelProto) -> bytes:
    """All weights, which tell one training from another."""
    return b"".join(numpy_helper.to_array(t).tobytes() for t in model.graph.initializer)


def noise_inputs(inputs: Sequence[ValueInfo], height: int, width: int) -> dict[str, Array]:
    """Noise for all inputs, the same that engine/tests/run_model.cpp makes.

    The first is a picture; others are vectors, which get shares of the whole.
    """
    first, *others = inputs
    return {first.name: noise_picture(first, height, width), **shares(others)}


def shares(inputs: Sequence[ValueInfo]) -> dict[str, Array]:
    """Noise from 0 to one over the length of each of these vectors."""
    made: dict[str, Array] = {}
    for info in inputs:
        assert info.shape
        (length,) = info.shape
        assert isinstance(length, int)
        parts = (_noise((length,)) >> np.uint32(8)).astype(np.float32) * np.float32(2**-24)
        made[info.name] = parts / np.float32(length)
    return made


def noise_picture(info: ValueInfo, height: int, width: int) -> Array:
    """Noise for this input.

    Bytes are [1, height, width, channels]; floats [1, channels, height, width], 0 to 256.
    """
    assert info.shape
    in_bytes = info.dtype == np.uint8
    channels = info.shape[3 if in_bytes else 1]
    assert isinstance(channels, int)
    if in_bytes:
        return (_noise((1, height, width, channels)) >> np.uint32(24)).astype(np.uint8)
    numbers = _noise((1, channels, height, width)) >> np.uint32(8)
    return numbers.astype(np.float32) * np.float32(2**-16)


def _noise(shape: Sequence[int]) -> NDArray[np.uint32]:
    x = np.arange(1, np.prod(shape) + 1, dtype=np.uint32) * np.uint32(0x9E3779B1)
    x = (x ^ x >> np.uint32(16)) * np.uint32(0x85EBCA6B)
    x = (x ^ x >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    return np.asarray(x ^ x >> np.uint32(16), np.uint32).reshape(shape)
