"""ONNX to LiteRT: the handful of operators of style networks, written with LiteRT's own schema.

What LiteRT's converters would make of such networks: channels last, reflection as MIRROR_PAD,
instance normalisation as MEAN, SQUARED_DIFFERENCE, RSQRT, MUL and ADD, the ReLU behind it fused.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.onnx_graph import Graph, Node, read

_VALID = 1
_RELU = 1
_flatbuffers: Any = import_module("flatbuffers")
_schema: Any = import_module("ai_edge_litert.schema_py_generated")
_TYPES = {np.dtype(np.float32): 0, np.dtype(np.int32): 2}


class _Writer:
    """Collects tensors, buffers and operators of the one subgraph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.model = _schema.ModelT(version=3, buffers=[_schema.BufferT()], operatorCodes=[])
        self.part = _schema.SubGraphT(tensors=[], operators=[])
        self._ids: dict[str, int] = {}
        self._codes: dict[int, int] = {}

    def tensor(self, name: str, shape: tuple[int, ...], dtype: Any = np.float32) -> int:
        self.part.tensors.append(
            _schema.TensorT(shape=list(shape), type=_TYPES[np.dtype(dtype)], buffer=0, name=name)
        )
        self._ids[name] = len(self.part.tensors) - 1
        return self._ids[name]

    def constant(self, array: NDArray[Any]) -> int:
        tensor = self.tensor(f"constant{len(self.model.buffers)}", array.shape, array.dtype)
        self.part.tensors[tensor].buffer = len(self.model.buffers)
        raw = np.frombuffer(np.ascontiguousarray(array).tobytes(), np.uint8)
        self.model.buffers.append(_schema.BufferT(data=raw))
        return tensor

    def find(self, name: str) -> int:
        """An ONNX value that some node before has made."""
        if name not in self._ids:
            raise NotImplementedError(f"a weight as operand: {name}")
        return self._ids[name]

    def emit(self, operator: str, inputs: list[int], output: int, options: Any = None) -> int:
        code = getattr(_schema.BuiltinOperator, operator)
        if code not in self._codes:
            self._codes[code] = len(self.model.operatorCodes)
            self.model.operatorCodes.append(
                _schema.OperatorCodeT(builtinCode=code, deprecatedBuiltinCode=code, version=1)
            )
        made = _schema.OperatorT(opcodeIndex=self._codes[code], inputs=inputs, outputs=[output])
        if options is not None:
            made.builtinOptions = options
            kind = type(options).__name__.removesuffix("T")
            made.builtinOptionsType = getattr(_schema.BuiltinOptions, kind)
        self.part.operators.append(made)
        return output

    def output(self, node: Node) -> int:
        return self.tensor(node.output, _channels_last(self.graph.shapes[node.output]))

    def rename(self, old: str, new: str) -> None:
        self._ids[new] = self._ids[old]

    def finish(self) -> bytes:
        self.part.inputs = [self.find(self.graph.source)]
        self.part.outputs = [self.find(self.graph.target)]
        self.model.subgraphs = [self.part]
        builder = _flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def _channels_last(shape: tuple[int, ...]) -> tuple[int, ...]:
    batch, channels, height, width = shape
    return (batch, height, width, channels)


def _conv(w: _Writer, node: Node) -> None:
    if any(node.attributes.get("pads", [])):
        raise NotImplementedError("Conv with padding of its own")
    weights, bias = (w.graph.weights[name] for name in node.inputs[1:])
    stride_h, stride_w = node.attributes["strides"]
    depthwise = node.attributes["group"] > 1
    kind = _schema.DepthwiseConv2DOptionsT if depthwise else _schema.Conv2DOptionsT
    options = kind(
        padding=_VALID, strideH=stride_h, strideW=stride_w, dilationHFactor=1, dilationWFactor=1
    )
    if depthwise:
        if weights.shape[1] != 1:
            raise NotImplementedError("grouped Conv that is not depthwise")
        options.depthMultiplier = 1
    packed = weights.transpose(1, 2, 3, 0) if depthwise else weights.transpose(0, 2, 3, 1)
    inputs = [w.find(node.inputs[0]), w.constant(packed), w.constant(bias)]
    operator = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
    w.emit(operator, inputs, w.output(node), options)


def _pad(w: _Writer, node: Node) -> None:
    if node.attributes["mode"] != "reflect":
        raise NotImplementedError(f"Pad {node.attributes['mode']}")
    begins, ends = np.split(w.graph.weights[node.inputs[1]], 2)
    pads = np.stack([begins, ends], axis=1)[[0, 2, 3, 1]].astype(np.int32)
    inputs = [w.find(node.inputs[0]), w.constant(pads)]
    w.emit("MIRROR_PAD", inputs, w.output(node), _schema.MirrorPadOptionsT(mode=0))


def _instance_norm(w: _Writer, node: Node) -> None:
    x, channels = w.find(node.inputs[0]), w.graph.shapes[node.output][1]
    scale, shift = (w.constant(w.graph.weights[name]) for name in node.inputs[1:])
    axes = w.constant(np.array([1, 2], np.int32))
    epsilon = w.constant(np.float32(node.attributes["epsilon"]).reshape(1))
    row = (1, 1, 1, channels)

    def step(operator: str, inputs: list[int], shape: tuple[int, ...], options: Any = None) -> int:
        made = w.tensor(f"{node.output}.{len(w.part.operators)}", shape)
        return w.emit(operator, inputs, made, options)

    whole, keep = _channels_last(w.graph.shapes[node.output]), _schema.ReducerOptionsT(True)
    mean = step("MEAN", [x, axes], row, keep)
    squares = step("SQUARED_DIFFERENCE", [x, mean], whole, _schema.SquaredDifferenceOptionsT())
    variance = step("MEAN", [squares, axes], row, keep)
    guarded = step("ADD", [variance, epsilon], row, _schema.AddOptionsT())
    inverse = step("RSQRT", [guarded], row)
    factor = step("MUL", [inverse, scale], row, _schema.MulOptionsT())
    moved = step("MUL", [mean, factor], row, _schema.MulOptionsT())
    offset = step("SUB", [shift, moved], row, _schema.SubOptionsT())
    scaled = step("MUL", [x, factor], whole, _schema.MulOptionsT())
    w.emit("ADD", [scaled, offset], w.output(node), _schema.AddOptionsT())


def _relu(w: _Writer, node: Node) -> None:
    last = w.part.operators[-1]
    if last.outputs == [w.find(node.inputs[0])] and isinstance(
        last.builtinOptions, _schema.AddOptionsT
    ):
        last.builtinOptions.fusedActivationFunction = _RELU
        w.rename(node.inputs[0], node.output)
    else:
        w.emit("RELU", [w.find(node.inputs[0])], w.output(node))


def _resize(w: _Writer, node: Node) -> None:
    size = w.constant(np.array(w.graph.shapes[node.output][2:], np.int32))
    options = _schema.ResizeNearestNeighborOptionsT()
    inputs = [w.find(node.inputs[0]), size]
    w.emit("RESIZE_NEAREST_NEIGHBOR", inputs, w.output(node), options)


def _add(w: _Writer, node: Node) -> None:
    inputs = [w.find(name) for name in node.inputs]
    w.emit("ADD", inputs, w.output(node), _schema.AddOptionsT())


_OPERATORS = {
    "Conv": _conv,
    "Pad": _pad,
    "InstanceNormalization": _instance_norm,
    "Relu": _relu,
    "Resize": _resize,
    "Add": _add,
}


def convert(model: Path) -> bytes:
    """Converts an ONNX file whose shapes are fixed; pictures become channels-last.

    Raises NotImplementedError for an operator that it does not know.
    """
    graph = read(model)
    writer = _Writer(graph)
    writer.tensor(graph.source, _channels_last(graph.shapes[graph.source]))
    for node in graph.nodes:
        if node.operator not in _OPERATORS:
            raise NotImplementedError(node.operator)
        _OPERATORS[node.operator](writer, node)
    return writer.finish()
