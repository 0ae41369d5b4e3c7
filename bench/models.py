"""The networks of the comparison, built as plain ONNX files with seeded random weights.

Three shapes that style networks take, float32 1×3×H×W in and out, with the operators that PyTorch
exports: reflection `Pad`, `Conv`, `InstanceNormalization`, `Relu`, nearest `Resize`, `Add`.

- johnson: the network of Johnson, Alahi and Fei-Fei, "Perceptual Losses for Real-Time Style
  Transfer and Super-Resolution" (ECCV 2016), with nearest upsampling in place of deconvolution.
- small: the same idea at a tenth of the width.
- depthwise: as small, its residual blocks of depthwise 3×3 and pointwise convolutions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
_EPSILON = 1e-5
Size = tuple[int, int]


@dataclass(frozen=True)
class Network:
    """A built network and what one run of it costs.

    `macs`: multiply-adds of its convolutions, each computed directly on its (upsampled) input.
    """

    model: onnx.ModelProto
    macs: int

    def save(self, path: Path) -> None:
        """Writes the ONNX file."""
        onnx.save(self.model, path)


class _Builder:
    """Appends nodes to one growing chain; `at` is its end, `channels` and `size` its shape."""

    def __init__(self, size: Size, seed: int) -> None:
        self.at, self.channels, self.size = "image", 3, size
        self.macs = 0
        self._random = np.random.default_rng(seed)
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[TensorProto] = []

    def weight(self, array: NDArray[np.generic]) -> str:
        name = f"weight{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(array, name))
        return name

    def node(self, operator: str, *inputs: str, **attributes: Any) -> None:
        name = f"{operator.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        self.at = name

    def conv(self, channels: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        """Reflection padding and a convolution with bias, scaled to keep its input's variance."""
        if kernel > 1:
            edge = kernel // 2
            pads = np.array([0, 0, edge, edge, 0, 0, edge, edge], np.int64)
            self.node("Pad", self.at, self.weight(pads), mode="reflect")
        fan_in = self.channels // groups * kernel * kernel
        shape = (channels, self.channels // groups, kernel, kernel)
        weights = self._random.standard_normal(shape) / np.sqrt(fan_in)
        self.node(
            "Conv",
            self.at,
            self.weight(weights.astype(np.float32)),
            self.weight(self._random.uniform(-0.1, 0.1, channels).astype(np.float32)),
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            group=groups,
        )
        self.channels = channels
        self.size = (-(-self.size[0] // stride), -(-self.size[1] // stride))
        self.macs += fan_in * channels * self.size[0] * self.size[1]

    def norm(self) -> None:
        scale = self._random.uniform(0.5, 1.5, self.channels).astype(np.float32)
        shift = self._random.uniform(-0.5, 0.5, self.channels).astype(np.float32)
        self.node(
            "InstanceNormalization",
            self.at,
            self.weight(scale),
            self.weight(shift),
            epsilon=_EPSILON,
        )

    def layer(self, channels: int, kernel: int, stride: int = 1) -> None:
        self.conv(channels, kernel, stride)
        self.norm()
        self.node("Relu", self.at)

    def upsampled(self, channels: int) -> None:
        scales = self.weight(np.array([1, 1, 2, 2], np.float32))
        self.node(
            "Resize",
            self.at,
            "",
            scales,
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        )
        self.size = (2 * self.size[0], 2 * self.size[1])
        self.layer(channels, 3)

    def residual(self, half: Callable[[], None]) -> None:
        before = self.at
        half()
        self.norm()
        self.node("Relu", self.at)
        half()
        self.norm()
        self.node("Add", self.at, before)

    def dense(self) -> None:
        self.conv(self.channels, 3)

    def separable(self) -> None:
        self.conv(self.channels, 3, groups=self.channels)
        self.conv(self.channels, 1)

    def finish(self, name: str, size: Size) -> Network:
        self._nodes[-1].output[0] = "painted"
        shape = [1, 3, *size]
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("painted", TensorProto.FLOAT, shape)],
            self._weights,
        )
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return Network(model, self.macs)


def _johnson(net: _Builder) -> None:
    net.layer(32, 9)
    net.layer(64, 3, stride=2)
    net.layer(128, 3, stride=2)
    for _ in range(5):
        net.residual(net.dense)
    net.upsampled(64)
    net.upsampled(32)
    net.conv(3, 9)


def _small(net: _Builder) -> None:
    net.layer(16, 5, stride=2)
    net.layer(32, 3, stride=2)
    for _ in range(3):
        net.residual(net.dense)
    net.upsampled(16)
    net.upsampled(16)
    net.conv(3, 5)


def _depthwise(net: _Builder) -> None:
    net.layer(16, 5, stride=2)
    net.layer(64, 3, stride=2)
    for _ in range(3):
        net.residual(net.separable)
    net.upsampled(16)
    net.upsampled(16)
    net.conv(3, 5)


_LAYERS = {"johnson": _johnson, "small": _small, "depthwise": _depthwise}
NETWORKS = tuple(_LAYERS)


def build(name: str, height: int, width: int) -> Network:
    """Builds one of `NETWORKS` for pictures of `height` × `width`, both multiples of 4.

    Raises ValueError for another name or size.
    """
    if name not in _LAYERS:
        raise ValueError(f"no network {name!r}; there are {', '.join(NETWORKS)}")
    if height % 4 or width % 4 or min(height, width) < 20:
        raise ValueError(f"{height}×{width}: sides must be multiples of 4, and 20 at least")
    builder = _Builder((height, width), seed=NETWORKS.index(name))
    _LAYERS[name](builder)
    return builder.finish(name, (height, width))
