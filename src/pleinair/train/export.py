"""Export of a style network to one plain ONNX file: pixels in, pixels out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper
from torch import Tensor, nn

from pleinair.convert.graph import GraphBuilder, pad_to_multiple
from pleinair.nets.stylenet import Affine, Residual, SpaceToDepth, StyleNet, StyleNorm
from pleinair.train.losses import LUMA
from pleinair.whole import whole


def export(
    net: nn.Module, path: Path, name: str, metadata: dict[str, str], *, compact: bool = True
) -> int:
    """Write ``net`` as the style model ``path``, atomically; gives its size in bytes.

    ``metadata`` values go into the file as they are. See :func:`style_model`.
    """
    content = style_model(net, name, metadata, compact=compact).SerializeToString()
    with whole(path) as partial:
        partial.write_bytes(content)
    return len(content)


def style_model(
    net: nn.Module, name: str, metadata: dict[str, str], *, compact: bool = True
) -> onnx.ModelProto:
    """``net`` (``layers`` and ``multiple``, RGB 0..1 in and out) as an ONNX model.

    Input ``image`` and output ``painted`` are uint8 RGB [1, height, width, 3] of the same, any
    size: the graph pads by reflection to the network's multiple at the bottom and the right, and
    crops again. Further inputs are float32: ``style`` [styles], how much of each style (only for
    networks with a table of styles), ``strength`` [1], 0 for the photo to 1 for the painting, and
    ``colours`` [1], 0 for the painting's to 1 for the photo's. With ``compact``, weights are stored
    in float16, those of large convolutions in int8 with a scale for each output channel, and
    computed in float32. Raises ``ValueError`` for a layer that has no rule here.
    """
    layers, multiple = net.layers, net.multiple
    assert isinstance(layers, nn.Sequential)
    assert isinstance(multiple, int)
    exporter = _Exporter(compact)
    g = exporter.graph
    lengths = {"strength": 1, "colours": 1}
    if isinstance(net, StyleNet) and net.splits:
        exporter.read_table(net.table, net.splits)
        lengths = {"style": len(net.table), **lengths}
    size = g.node("Gather", g.node("Shape", "image"), g.constant([1, 2], np.int64), axis=0)
    x = g.node("Cast", "image", to=TensorProto.FLOAT)
    photo = g.node("Transpose", x, perm=[0, 3, 1, 2])
    steps = [("", Affine(1 / 255, 0.0)), *_flatten(layers, "layers"), ("", Affine(255.0, 0.0))]
    merged = list(_merge_affine(steps))
    x = exporter.emit(photo, *merged[0])
    x = pad_to_multiple(g, x, size, multiple)
    for prefix, module in merged[1:]:
        x = exporter.emit(x, prefix, module)
    if multiple > 1:
        start, axes = g.constant([0, 0], np.int64), g.constant([2, 3], np.int64)
        x = g.node("Slice", x, start, size, axes)
    x = _blend(g, x, photo)
    # With half a step added, cutting off the fraction rounds.
    x = g.node("Add", x, g.constant(0.5, np.float32))
    x = g.node("Clip", x, g.constant(0.0, np.float32), g.constant(255.0, np.float32))
    x = g.node("Cast", x, to=TensorProto.UINT8)
    g.node("Transpose", x, output="painted", perm=[0, 2, 3, 1])
    dims: list[str | int | None] = [1, "height", "width", 3]
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, dims)
    painted = helper.make_tensor_value_info("painted", TensorProto.UINT8, dims)
    further = [
        helper.make_tensor_value_info(key, TensorProto.FLOAT, [length])
        for key, length in lengths.items()
    ]
    return g.model(name, [image, *further], [painted], metadata)


def _blend(g: GraphBuilder, painted: str, photo: str) -> str:
    """The photo plus what is taken of the difference to its painting: ``M · (painted - photo)``.

    ``M`` is ``strength`` times a mix by ``colours`` of the identity (all of it) and the matrix
    that puts the difference's lightness in all three channels.
    """
    grey = np.broadcast_to(np.asarray(LUMA), (3, 3)).reshape(3, 3, 1, 1)
    whole = np.eye(3).reshape(3, 3, 1, 1)
    taken = g.node("Sub", g.constant(1.0, np.float32), "colours")
    whole_part = g.node("Mul", taken, g.constant(whole, np.float32))
    grey_part = g.node("Mul", "colours", g.constant(grey, np.float32))
    matrix = g.node("Mul", "strength", g.node("Add", whole_part, grey_part))
    difference = g.node("Sub", painted, photo)
    return g.node("Add", photo, g.node("Conv", difference, matrix, kernel_shape=[1, 1]))


def _flatten(module: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    """Layers of nested Sequentials in order, each with its name in the state dict."""
    if not isinstance(module, nn.Sequential):
        yield prefix, module
        return
    for name, child in module.named_children():
        yield from _flatten(child, f"{prefix}.{name}")


def _merge_affine(steps: list[tuple[str, nn.Module]]) -> Iterator[tuple[str, nn.Module]]:
    """Neighbouring fixed scalings as one."""
    held: Affine | None = None
    for prefix, module in steps:
        if isinstance(module, Affine):
            scale, offset = (held.scale, held.offset) if held else (1.0, 0.0)
            held = Affine(scale * module.scale, offset * module.scale + module.offset)
            continue
        if held:
            yield "", held
            held = None
        yield prefix, module
    if held:
        yield "", held


class _Exporter:
    """Turns layers into nodes, by the kind of layer."""

    def __init__(self, compact: bool) -> None:
        self.graph = GraphBuilder()
        self.compact = compact
        self.rows: Iterator[str] = iter(())

    def read_table(self, table: Tensor, splits: list[int]) -> None:
        """Nodes that mix the rows of ``table`` by the input ``style`` and split the mixture."""
        g = self.graph
        row = g.node("Reshape", "style", g.constant([1, len(table)], np.int64))
        held = g.weight("table", table.detach().cpu().float().numpy(), self.compact)
        mixed = g.node("Reshape", g.node("MatMul", row, held), g.constant([-1], np.int64))
        sizes = [length // 2 for length in splits for _ in range(2)]
        names = [f"row.{i}" for i in range(len(sizes))]
        g.node("Split", mixed, g.constant(sizes, np.int64), outputs=names, axis=0)
        self.rows = iter(names)

    def emit(self, x: str, prefix: str, module: nn.Module) -> str:
        """Nodes for one layer fed by ``x``; gives the name of its output."""
        rule = _RULES.get(type(module))
        if rule is None:
            raise ValueError(f"cannot export {prefix}: no ONNX rule for {type(module).__name__}")
        return rule(self, x, prefix, module)

    def weight(self, prefix: str, name: str, values: Tensor | None) -> list[str]:
        """A layer's learned values as at most one input name."""
        if values is None:
            return []
        array: NDArray[np.float32] = values.detach().cpu().float().numpy()
        return [self.graph.weight(f"{prefix}.{name}", array, self.compact)]


def _convolution(e: _Exporter, x: str, prefix: str, m: Any) -> str:
    transposed = isinstance(m, nn.ConvTranspose2d)
    kernel = m.weight.detach().cpu().float().numpy()
    axis = 1 if transposed else 0  # of the output channels
    weight = e.graph.kernel(f"{prefix}.weight", kernel, e.compact, axis)
    inputs = [x, weight, *e.weight(prefix, "bias", m.bias)]
    return e.graph.node(
        "ConvTranspose" if transposed else "Conv",
        *inputs,
        kernel_shape=list(m.kernel_size),
        strides=list(m.stride),
        pads=[*m.padding, *m.padding],
        dilations=list(m.dilation),
        group=m.groups,
    )


def _padding(e: _Exporter, x: str, _: str, m: Any) -> str:
    left, right, top, bottom = m.padding
    pads = e.graph.constant([0, 0, top, left, 0, 0, bottom, right], np.int64)
    mode = "constant" if isinstance(m, nn.ZeroPad2d) else "reflect"
    return e.graph.node("Pad", x, pads, mode=mode)


def _style_norm(e: _Exporter, x: str, _: str, m: Any) -> str:
    scale, shift = next(e.rows), next(e.rows)
    return e.graph.node("InstanceNormalization", x, scale, shift, epsilon=m.eps)


def _batch_norm(e: _Exporter, x: str, prefix: str, m: Any) -> str:
    names = ("weight", "bias", "running_mean", "running_var")
    inputs = [name for part in names for name in e.weight(prefix, part, getattr(m, part))]
    return e.graph.node("BatchNormalization", x, *inputs, epsilon=m.eps)


def _prelu(e: _Exporter, x: str, prefix: str, m: Any) -> str:
    slope = e.weight(prefix, "weight", m.weight.reshape(-1, 1, 1))
    return e.graph.node("PRelu", x, *slope)


def _affine(e: _Exporter, x: str, _: str, m: Any) -> str:
    if m.scale != 1:
        x = e.graph.node("Mul", x, e.graph.constant(m.scale, np.float32))
    if m.offset != 0:
        x = e.graph.node("Add", x, e.graph.constant(m.offset, np.float32))
    return x


def _residual(e: _Exporter, x: str, prefix: str, m: Any) -> str:
    y = x
    for name, module in _flatten(m.body, f"{prefix}.body"):
        y = e.emit(y, name, module)
    return e.graph.node("Add", x, y)


def _upsample(e: _Exporter, x: str, prefix: str, m: Any) -> str:
    if m.mode != "nearest":
        raise ValueError(f"cannot export {prefix}: upsampling mode {m.mode!r}")
    scales = e.graph.constant([1, 1, m.scale_factor, m.scale_factor], np.float32)
    return e.graph.node(
        "Resize",
        x,
        "",
        scales,
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )


def _average_pool(e: _Exporter, x: str, _: str, m: Any) -> str:
    side = [m.kernel_size, m.kernel_size]
    return e.graph.node("AveragePool", x, kernel_shape=side, strides=side)


_Rule = Callable[[_Exporter, str, str, Any], str]
_RULES: dict[type[nn.Module], _Rule] = {
    nn.Conv2d: _convolution,
    nn.ConvTranspose2d: _convolution,
    nn.ReflectionPad2d: _padding,
    nn.ZeroPad2d: _padding,
    StyleNorm: _style_norm,
    nn.BatchNorm2d: _batch_norm,
    nn.PReLU: _prelu,
    Affine: _affine,
    Residual: _residual,
    nn.Upsample: _upsample,
    nn.AvgPool2d: _average_pool,
    SpaceToDepth: lambda e, x, _, m: e.graph.node("SpaceToDepth", x, blocksize=m.blocksize),
    nn.PixelShuffle: lambda e, x, _, m: e.graph.node(
        "DepthToSpace", x, blocksize=m.upscale_factor, mode="CRD"
    ),
    nn.LeakyReLU: lambda e, x, _, m: e.graph.node("LeakyRelu", x, alpha=m.negative_slope),
    nn.ReLU: lambda e, x, *_: e.graph.node("Relu", x),
    nn.Sigmoid: lambda e, x, *_: e.graph.node("Sigmoid", x),
    nn.Tanh: lambda e, x, *_: e.graph.node("Tanh", x),
}
