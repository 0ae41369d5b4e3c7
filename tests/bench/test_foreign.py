"""Operators of the first years become standard ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from bench.foreign import standard


def test_old_operators_become_standard(tmp_path: Path) -> None:
    info = onnx.helper.make_tensor_value_info
    nodes = [
        onnx.helper.make_node("ImageScaler", ["x"], ["s"], scale=1.0, bias=[1.0, 2.0, 3.0]),
        onnx.helper.make_node("Crop", ["s"], ["c"], border=[1, 2, 3, 4]),
        onnx.helper.make_node("Affine", ["c"], ["y"], alpha=2.0, beta=0.0),
    ]
    graph = onnx.helper.make_graph(
        nodes, "old", [info("x", 1, ["n", 3, 9, 9])], [info("y", 1, ["n", 3, 3, 5])]
    )
    path = tmp_path / "old.onnx"
    opsets = [onnx.helper.make_opsetid("", 7)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opsets, ir_version=3), path)
    x = np.random.default_rng(0).random((1, 3, 9, 9), np.float32)
    session = onnxruntime.InferenceSession(standard(path).SerializeToString())
    expected = 2 * (x + np.array([1, 2, 3], np.float32).reshape(1, 3, 1, 1))[:, :, 2:-4, 1:-3]
    np.testing.assert_allclose(session.run(None, {"x": x})[0], expected, rtol=1e-6)
