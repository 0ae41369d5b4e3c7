"""What a model costs, counted on its ONNX graph as written: parameters and multiply-adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import onnx
from onnx import TensorProto

from pleinair.evaluate.shapes import in_order, static_shapes

_FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE)
_STORED = (*_FLOATS, TensorProto.INT8, TensorProto.UINT8)
# What comes out is what went in; the scales of int8 weights are no parameters.
_SAME = frozenset({"Cast", "DequantizeLinear", "Identity"})
# What these take beside the picture says where, not how much: no parameter.
_PLACES = frozenset({"Clip", "Pad", "Resize", "Slice", "Upsample"})


def multiply_adds(model: onnx.ModelProto, inputs: Mapping[str, Sequence[int]]) -> int:
    """Multiply-adds of all convolutions and matrix products for inputs of these shapes.

    Counted before any rewriting by an engine, with what padding and upsampling add: every output
    of a convolution, and every input of a deconvolution, meets one filter. Raises ``ValueError``
    for a graph whose shapes can't be told.
    """
    shapes = static_shapes(model, inputs)
    total = 0
    for node in model.graph.node:
        if node.op_type in ("Conv", "ConvTranspose"):
            picture = node.output[0] if node.op_type == "Conv" else node.input[0]
            batch, _, *sides = shapes[picture]
            total += batch * prod(sides) * prod(shapes[node.input[1]])
        elif node.op_type == "MatMul":
            total += prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]
        elif node.op_type == "Gemm":
            turned = any(a.name == "transA" and a.i for a in node.attribute)
            inner = shapes[node.input[0]][0 if turned else 1]
            total += prod(shapes[node.output[0]]) * inner
    return total


def parameters(model: onnx.ModelProto) -> int:
    """Number of learned values in ``model``.

    These are all floats, and int8 that stand for floats, in initialisers and constants of at least
    one dimension that take part in the arithmetic; single numbers, such as a scaling by 255, are
    part of the program. So are what our own exporter calls constants: the matrices that blend photo
    and painting.
    """
    fixed = "constant_" if model.producer_name == "pleinair" else None
    sizes = {
        t.name: prod(t.dims)
        for t in model.graph.initializer
        if _learned(t) and not (fixed and t.name.startswith(fixed))
    }
    for node in model.graph.node:
        if node.op_type == "Constant":
            for attribute in node.attribute:
                if attribute.name == "value" and _learned(attribute.t):
                    sizes[node.output[0]] = prod(attribute.t.dims)
    counted: set[str] = set()
    origin: dict[str, str] = {name: name for name in sizes}
    for node in in_order(model.graph):
        if node.op_type in _SAME and node.input[0] in origin:
            origin[node.output[0]] = origin[node.input[0]]
        elif node.op_type not in _PLACES:
            counted |= {origin[name] for name in node.input if name in origin}
    return sum(sizes[name] for name in counted)


def _learned(tensor: TensorProto) -> bool:
    return tensor.data_type in _STORED and len(tensor.dims) > 0
