"""Networks with int8 weights, beside ONNX Runtime without its rewrites, which round otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)

from pleinair.engine import Session

Array = npt.NDArray[Any]
RANDOM = np.random.default_rng(7)
PHOTO = RANDOM.normal(size=(1, 3, 20, 24)).astype(np.float32)


def network() -> onnx.ModelProto:
    """Two convolutions and a deconvolution with biases."""
    shapes = {"a": (8, 3, 3, 3), "b": (8, 8, 3, 3), "c": (8, 3, 4, 4)}
    held = [
        numpy_helper.from_array(RANDOM.normal(scale=0.2, size=shape).astype(np.float32), name)
        for name, shape in {**shapes, "p": (8,), "q": (8,), "r": (3,)}.items()
    ]
    nodes = [
        helper.make_node("Conv", ["x", "a", "p"], ["1"], pads=[1] * 4),
        helper.make_node("Relu", ["1"], ["2"]),
        helper.make_node("Conv", ["2", "b", "q"], ["3"], pads=[1] * 4, strides=[2, 2]),
        helper.make_node("Relu", ["3"], ["4"]),
        helper.make_node("ConvTranspose", ["4", "c", "r"], ["y"], pads=[1] * 4, strides=[2, 2]),
    ]
    ports = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 3, 20, 24]) for n in "xy"]
    graph = helper.make_graph(nodes, "net", ports[:1], ports[1:], held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


class Photo(CalibrationDataReader):  # type: ignore[misc]
    """What activations are measured with."""

    def __init__(self) -> None:
        self.left: Iterator[dict[str, Array]] = iter([{"x": PHOTO}])

    def get_next(self) -> dict[str, Array] | None:
        return next(self.left, None)


def peer(model: bytes, feed: dict[str, Array]) -> Array:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, feed)[0])


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("kind", [QuantType.QInt8, QuantType.QUInt8])
def test_networks_that_onnx_runtime_quantized(
    per_channel: bool, kind: QuantType, tmp_path: Path
) -> None:
    """With weights, biases and activations rounded."""
    onnx.save(network(), tmp_path / "plain.onnx")
    quantize_static(
        tmp_path / "plain.onnx",
        tmp_path / "small.onnx",
        Photo(),
        quant_format=QuantFormat.QDQ,
        per_channel=per_channel,
        activation_type=kind,
        weight_type=kind,
    )
    model = (tmp_path / "small.onnx").read_bytes()
    operators = [node.op_type for node in onnx.load_from_string(model).graph.node]
    assert operators.count("QuantizeLinear") >= 3
    assert operators.count("DequantizeLinear") > operators.count("QuantizeLinear")
    want = peer(model, {"x": PHOTO})
    have = Session(model, threads=1).run({"x": PHOTO})["y"]
    plain = Session(model, threads=1, reference=True).run({"x": PHOTO})["y"]
    step = np.ptp(want) / 255
    assert np.abs(have - want).max() <= 1.001 * step  # a value may lie between two steps
    assert (np.abs(have - want) > 1e-3 * step).mean() < 0.02
    assert (np.abs(plain - have) > 1e-3 * step).mean() < 0.02


@pytest.mark.parametrize("axis", [None, 0, 1, -3])
@pytest.mark.parametrize("kind", [np.int8, np.uint8])
def test_weights_become_floats_when_the_model_is_loaded(axis: int | None, kind: Any) -> None:
    limits = np.iinfo(kind)
    steps = RANDOM.integers(limits.min, limits.max + 1, (8, 3, 3, 3)).astype(kind)
    count = 1 if axis is None else steps.shape[axis]
    scales = RANDOM.uniform(0.001, 0.01, count).astype(np.float32)
    zeros = RANDOM.integers(0, 100, count).astype(kind)
    if axis is None:
        scales, zeros = scales[0], zeros[0]
    held = {"steps": steps, "scales": scales, "zeros": zeros}
    attributes: Any = {} if axis is None else {"axis": axis}
    nodes = [
        helper.make_node("DequantizeLinear", list(held), ["w"], **attributes),
        helper.make_node("Conv", ["x", "w"], ["y"]),
    ]
    ports = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 20, 24]),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
    ]
    constants = [numpy_helper.from_array(np.asarray(v), name) for name, v in held.items()]
    graph = helper.make_graph(nodes, "net", ports[:1], ports[1:], constants)
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()
    session = Session(model, threads=1)
    have = session.run({"x": PHOTO})["y"]
    np.testing.assert_allclose(have, peer(model, {"x": PHOTO}), rtol=1e-5, atol=1e-4)
    kinds = [step.kind for step in session.plan({"x": PHOTO.shape}).steps]
    assert len(kinds) == 1, kinds
