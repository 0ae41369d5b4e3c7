"""A little of ONNX's graph in Python terms, for the peers that do not read ONNX."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper


@dataclass(frozen=True)
class Node:
    """An operator with its attributes decoded; strings are `str`."""

    operator: str
    inputs: tuple[str, ...]
    output: str
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Graph:
    """A graph with one input and one output, its nodes in the order they run."""

    source: str
    target: str
    nodes: tuple[Node, ...]
    weights: dict[str, NDArray[Any]]
    shapes: dict[str, tuple[int, ...]]


def read(path: Path) -> Graph:
    """Reads an ONNX file whose shapes are fixed."""
    model = onnx.shape_inference.infer_shapes(onnx.load(path))
    graph = model.graph
    values = [*graph.input, *graph.value_info, *graph.output]
    return Graph(
        graph.input[0].name,
        graph.output[0].name,
        tuple(_node(node) for node in graph.node),
        {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer},
        {
            value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
            for value in values
        },
    )


def _node(node: onnx.NodeProto) -> Node:
    values = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    decoded = {k: v.decode() if isinstance(v, bytes) else v for k, v in values.items()}
    return Node(node.op_type, tuple(node.input), node.output[0], decoded)
