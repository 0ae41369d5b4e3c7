"""Builds an ONNX graph node by node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pleinair.convert.quantize import LEAST_ELEMENTS, Quantized, quantize

OPSET = 17
IR_VERSION = 8


def read_weights(model: onnx.ModelProto) -> dict[str, NDArray[np.float32]]:
    """What :meth:`GraphBuilder.weight` and :meth:`GraphBuilder.kernel` stored in it, by name."""
    held = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in model.graph.initializer
        if not tensor.name.startswith("constant_")
    }
    for node in model.graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in held:
            axis = {attribute.name: attribute.i for attribute in node.attribute}["axis"]
            values, scales = held[node.input[0]], held.pop(node.input[1])
            held[node.input[0]] = Quantized(values, scales, axis).dequantized()
    return {name: values.astype(np.float32) for name, values in held.items()}


class GraphBuilder:
    """Collects nodes and constants; every method gives the name of what it made."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._shared: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def node(
        self,
        op: str,
        *inputs: str,
        output: str | None = None,
        outputs: Sequence[str] = (),
        **attributes: Any,
    ) -> str:
        """A node with one output, or those in ``outputs``; gives the name of the first."""
        name = f"{op}_{len(self.nodes)}"
        made = list(outputs) or [output or name]
        self.nodes.append(helper.make_node(op, inputs, made, name=name, **attributes))
        return made[0]

    def constant(self, values: Any, dtype: type[np.generic]) -> str:
        """A small constant; equal ones are stored once."""
        array = np.asarray(values, dtype=dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._shared:
            name = f"constant_{len(self._shared)}"
            self.initializers.append(numpy_helper.from_array(array, name))
            self._shared[key] = name
        return self._shared[key]

    def weight(self, name: str, values: NDArray[np.float32], compact: bool) -> str:
        """Learned values by name, stored in float16 followed by a Cast where ``compact``."""
        if not compact:
            self._store(name, values.astype(np.float32))
            return name
        if np.abs(values).max(initial=0.0) > np.finfo(np.float16).max:
            raise ValueError(f"{name} does not fit float16: its largest value is too large")
        self._store(name, values.astype(np.float16))
        return self.node("Cast", name, to=TensorProto.FLOAT)

    def kernel(self, name: str, values: NDArray[np.float32], compact: bool, axis: int) -> str:
        """As :meth:`weight`, but int8 where ``compact`` and large, with scales along ``axis``."""
        if not compact or values.size < LEAST_ELEMENTS:
            return self.weight(name, values, compact)
        if not np.isfinite(values).all():
            raise ValueError(f"{name} holds values that are not finite")
        small = quantize(values, axis)
        self._store(name, small.values)
        self._store(f"{name}.scale", small.scales)
        return self.node("DequantizeLinear", name, f"{name}.scale", axis=axis)

    def _store(self, name: str, values: NDArray[Any]) -> None:
        self.initializers.append(numpy_helper.from_array(values, name))

    def model(
        self,
        name: str,
        inputs: list[onnx.ValueInfoProto],
        outputs: list[onnx.ValueInfoProto],
        metadata: dict[str, str],
    ) -> onnx.ModelProto:
        """The finished, checked model."""
        graph = helper.make_graph(self.nodes, name, inputs, outputs, self.initializers)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="pleinair",
        )
        helper.set_model_props(model, metadata)
        onnx.checker.check_model(model, full_check=True)
        return model


def pad_to_multiple(g: GraphBuilder, x: str, size: str, multiple: int) -> str:
    """Reflect ``x`` at the bottom and right until height and width, ``size``, are multiples."""
    if multiple == 1:
        return x
    number = g.constant([multiple], np.int64)
    over = g.node("Mod", size, number)
    short = g.node("Mod", g.node("Sub", number, over), number)
    pads = g.node("Concat", g.constant([0] * 6, np.int64), short, axis=0)
    return g.node("Pad", x, pads, mode="reflect")
