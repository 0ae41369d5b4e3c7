"""Shapes of everything in an ONNX graph, for one size of its input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, TypeProto, helper, numpy_helper
from onnx.defs import SchemaError, get_schema
from onnx.reference import ReferenceEvaluator
from onnx.shape_inference import InferenceError, infer_node_outputs

_SMALL = 64  # elements; what decides shapes is small, and nothing larger is computed
Shape = tuple[int, ...]


def static_shapes(model: onnx.ModelProto, inputs: Mapping[str, Sequence[int]]) -> dict[str, Shape]:
    """Shape of every value of ``model`` whose inputs have the shapes ``inputs``.

    Values that decide shapes (sizes, pads, starts) are computed on the way, so graphs that pad
    themselves come out whole. Raises ``ValueError`` naming the node that leaves a shape open.
    """
    walk = _Walk(model, inputs)
    for node in in_order(model.graph):
        walk.step(node)
    return {name: _dims(kind) for name, kind in walk.types.items()}


def in_order(graph: onnx.GraphProto) -> Iterator[NodeProto]:
    """Nodes so that each comes after those that feed it; raises ``ValueError`` for a loop."""
    known = {value.name for value in graph.input} | {value.name for value in graph.initializer}
    waiting = list(graph.node)
    while waiting:
        ready = [node for node in waiting if all(not x or x in known for x in node.input)]
        if not ready:
            raise ValueError(f"node {_called(waiting[0])} needs a value that nothing gives")
        for node in ready:
            known.update(node.output)
            yield node
        done = {id(node) for node in ready}
        waiting = [node for node in waiting if id(node) not in done]


class _Walk:
    """What is known so far of the values of a graph: their types, and small ones' content."""

    def __init__(self, model: onnx.ModelProto, inputs: Mapping[str, Sequence[int]]) -> None:
        self.opsets = list(model.opset_import)
        self.version = max(o.version for o in self.opsets if o.domain in ("", "ai.onnx"))
        self.types: dict[str, TypeProto] = {}
        self.data: dict[str, TensorProto] = {}
        for tensor in model.graph.initializer:
            self._hold(tensor.name, tensor)
        for value in model.graph.input:
            if value.name not in self.types:
                kind = value.type.tensor_type.elem_type
                self.types[value.name] = helper.make_tensor_type_proto(kind, inputs[value.name])

    def _hold(self, name: str, tensor: TensorProto) -> None:
        self.types[name] = helper.make_tensor_type_proto(tensor.data_type, list(tensor.dims))
        if prod(tensor.dims) <= _SMALL:
            self.data[name] = tensor

    def step(self, node: NodeProto) -> None:
        for name, value in self._computed(node).items():
            self._hold(name, numpy_helper.from_array(value, name))
        if node.output[0] in self.types:
            return
        found = self._old(node) or self._inferred(node)
        if not _fixed(found.get(node.output[0], TypeProto())):
            raise ValueError(f"node {_called(node)} leaves the shape of its output open")
        self.types |= {name: kind for name, kind in found.items() if _fixed(kind)}

    def _computed(self, node: NodeProto) -> dict[str, NDArray[np.generic]]:
        """Outputs of a node that is a constant, asks for a shape, or has only known inputs."""
        if node.op_type == "Shape" and len(node.attribute) == 0:
            shape = np.array(_dims(self.types[node.input[0]]), np.int64)
            return {node.output[0]: shape}
        given = [name for name in node.input if name]
        if any(name not in self.data for name in given):
            return {}
        graph = helper.make_graph(
            [node],
            "node",
            [helper.make_value_info(name, self.types[name]) for name in dict.fromkeys(given)],
            [onnx.ValueInfoProto(name=name) for name in node.output if name],
        )
        alone = helper.make_model(graph, opset_imports=self.opsets)
        feed = {name: numpy_helper.to_array(self.data[name]) for name in given}
        values = ReferenceEvaluator(alone).run(None, feed)
        outputs = [name for name in node.output if name]
        return {name: np.asarray(v) for name, v in zip(outputs, values, strict=True)}

    def _old(self, node: NodeProto) -> dict[str, TypeProto]:
        """Shape rules of operators of the first opsets that ONNX has given up."""
        rule = _OLD.get(node.op_type)
        if rule is None:
            return {}
        source = self.types[node.input[0]]
        kind = source.tensor_type.elem_type
        made = helper.make_tensor_type_proto(kind, rule(node, _dims(source)))
        return {node.output[0]: made}

    def _inferred(self, node: NodeProto) -> dict[str, TypeProto]:
        try:
            schema = get_schema(node.op_type, self.version, node.domain)
            given = [name for name in node.input if name]
            return infer_node_outputs(
                schema,
                node,
                {name: self.types[name] for name in given},
                {name: self.data[name] for name in given if name in self.data},
                opset_imports=self.opsets,
            )
        except (SchemaError, InferenceError) as error:
            reason = " ".join(str(error).split())
            raise ValueError(f"node {_called(node)}: its shape can't be told ({reason})") from error


def _cropped(node: NodeProto, shape: Shape) -> Shape:
    left, top, right, bottom = next(a.ints for a in node.attribute if a.name == "border")
    return (*shape[:2], shape[2] - top - bottom, shape[3] - left - right)


_OLD: dict[str, Callable[[NodeProto, Shape], Shape]] = {
    "Affine": lambda _, shape: shape,
    "ImageScaler": lambda _, shape: shape,
    "Crop": _cropped,
}


def _fixed(kind: TypeProto) -> bool:
    tensor = kind.tensor_type
    return tensor.HasField("shape") and all(d.HasField("dim_value") for d in tensor.shape.dim)


def _dims(kind: TypeProto) -> Shape:
    return tuple(d.dim_value for d in kind.tensor_type.shape.dim)


def _called(node: NodeProto) -> str:
    return f"{node.name or node.output[0]} ({node.op_type})"
