"""Networks by others, in operators that every engine knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

_AXES = [2, 3]


def standard(path: Path) -> onnx.ModelProto:
    """Reads a model from ONNX's first years and writes its experimental operators as standard ones.

    ImageScaler (of scale 1) becomes Add, Affine (of beta 0) becomes Mul, Crop becomes Slice, and
    a ConvTranspose that names its output's shape says what padding that means; the batch is fixed
    to 1, and weights are no longer listed as inputs. The result computes the same. Raises
    ValueError for other uses of those operators.
    """
    model = onnx.load(path)
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    del graph.input[:]
    graph.input.extend(inputs)
    for value in [*graph.input, *graph.output]:
        value.type.tensor_type.shape.dim[0].dim_value = 1
    model.ir_version = max(model.ir_version, 4)  # before that weights were inputs, too
    del graph.value_info[:]
    nodes = [_rewrite(graph, node) for node in graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    model = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    for node in model.graph.node:
        if node.op_type == "ConvTranspose":
            _say_padding(model.graph, node)
    onnx.checker.check_model(model)
    return model


def _rewrite(graph: onnx.GraphProto, node: onnx.NodeProto) -> onnx.NodeProto:
    given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    (output,) = node.output
    match node.op_type:
        case "ImageScaler":
            if given["scale"] != 1:
                raise ValueError(f"{node.name}: ImageScaler with scale {given['scale']}")
            bias = _weight(graph, f"{output}.bias", np.reshape(given["bias"], (1, -1, 1, 1)))
            return helper.make_node("Add", [node.input[0], bias], [output])
        case "Affine":
            factor = _weight(graph, f"{output}.factor", np.reshape(given["alpha"], (1, 1, 1, 1)))
            if given["beta"] != 0:
                raise ValueError(f"{node.name}: Affine with beta {given['beta']}")
            return helper.make_node("Mul", [node.input[0], factor], [output])
        case "Crop":
            left, top, right, bottom = given["border"]
            ends = [-bottom, -right]
            if not all(ends):
                raise ValueError(f"{node.name}: Crop of one side alone")
            attributes: dict[str, Any] = {"axes": _AXES, "starts": [top, left], "ends": ends}
            return helper.make_node("Slice", [node.input[0]], [output], **attributes)
    return node


def _say_padding(graph: onnx.GraphProto, node: onnx.NodeProto) -> None:
    """Replaces `output_shape` by the `output_padding` behind the last tap: no other padding."""
    given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    if "output_shape" not in given:
        return
    (source,) = (value for value in graph.value_info if value.name == node.input[0])
    sides = [dim.dim_value for dim in source.type.tensor_type.shape.dim][2:]
    taps = zip(given["output_shape"], sides, given["strides"], given["kernel_shape"], strict=True)
    padding = [made - (side - 1) * stride - kernel for made, side, stride, kernel in taps]
    if min(padding) < 0 or given.get("auto_pad") != b"VALID":
        raise ValueError(f"{node.name}: ConvTranspose with padding")
    kept = [a for a in node.attribute if a.name not in ("output_shape", "auto_pad")]
    del node.attribute[:]
    node.attribute.extend(kept)
    node.attribute.append(helper.make_attribute("output_padding", padding))
    node.attribute.append(helper.make_attribute("pads", [0, 0, 0, 0]))


def _weight(graph: onnx.GraphProto, name: str, values: NDArray[Any]) -> str:
    graph.initializer.append(numpy_helper.from_array(values.astype(np.float32), name))
    return name
