"""Forms of operators that ONNX's node tests, written for the newest opsets, do not cover.

Each is one node beside ONNX Runtime, on the fast path and on the reference loops, which must agree
to the last bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from pleinair.engine import Session

Array = npt.NDArray[Any]
RANDOM = np.random.default_rng(20161108)


def image(*shape: int) -> Array:
    return RANDOM.normal(size=shape).astype(np.float32)


def floats(*values: float) -> Array:
    return np.array(values, np.float32)


def integers(*values: int) -> Array:
    return np.array(values, np.int64)


def model_of(operator: str, opset: int, inputs: list[Array | None], attributes: Any) -> bytes:
    """One node: its first input is the model's, the others are initializers, None is left out."""
    names = ["" if a is None else f"input{i}" for i, a in enumerate(inputs)]
    node = helper.make_node(operator, names, ["output"], **attributes)
    x = inputs[0]
    assert x is not None
    ports = [helper.make_tensor_value_info("input0", TensorProto.FLOAT, x.shape)]
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, None)]
    constants = [
        numpy_helper.from_array(a, n)
        for n, a in zip(names[1:], inputs[1:], strict=True)
        if a is not None
    ]
    graph = helper.make_graph([node], "one node", ports, outputs, constants)
    imports = [helper.make_opsetid("", opset)]
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=imports, ir_version=8)
    return bytes(model.SerializeToString())


Case = tuple[str, int, list[Array | None], dict[str, Any]]

CASES: list[Case] = [
    ("Pad", 7, [image(2, 3, 5, 4)], {"pads": [0, 0, 2, 1, 0, 0, 1, 3], "mode": "reflect"}),
    ("Pad", 7, [image(2, 3)], {"pads": [1, 0, 0, 2], "value": 0.5}),
    ("Pad", 7, [image(1, 2, 5, 5)], {"pads": [0, 0, -1, 2, 0, 0, 1, -2], "mode": "edge"}),
    ("Pad", 11, [image(4, 3), integers(1, 2, 3, 0), floats(2.5).reshape(())], {}),
    ("Pad", 19, [image(4, 3), integers(2, 3), None, integers(-1)], {"mode": "wrap"}),
    ("Upsample", 7, [image(1, 2, 3, 4)], {"scales": [1.0, 1.0, 2.0, 3.0]}),
    ("Upsample", 9, [image(1, 2, 3, 4), floats(1, 1, 2, 2)], {"mode": "linear"}),
    ("Resize", 10, [image(1, 2, 5, 4), floats(1, 1, 2, 0.5)], {}),
    ("Resize", 10, [image(1, 2, 5, 4), floats(1, 1, 1.5, 2)], {"mode": "linear"}),
    (
        "Resize",
        11,
        [image(1, 2, 5, 4), floats(), floats(), integers(1, 2, 9, 3)],
        {"mode": "linear", "coordinate_transformation_mode": "align_corners"},
    ),
    (
        "Resize",
        13,
        [image(1, 2, 5, 4), None, floats(1, 1, 2, 2)],
        {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
    ),
    ("Softmax", 11, [image(2, 3, 4)], {}),
    ("Softmax", 11, [image(2, 3, 4)], {"axis": -1}),
    ("ReduceMean", 11, [image(2, 3, 4, 5)], {"axes": [2, -1], "keepdims": 0}),
    ("BatchNormalization", 7, [image(2, 3, 4), *(abs(image(3)) for _ in range(4))], {}),
    ("InstanceNormalization", 7, [image(2, 3, 7), image(3), image(3)], {"epsilon": 1e-3}),
    ("InstanceNormalization", 7, [image(1, 2, 3, 4, 5) + 5, image(2), image(2)], {}),
    ("AveragePool", 7, [image(1, 2, 7, 6)], {"kernel_shape": [3, 2], "pads": [1, 0, 2, 1]}),
    (
        "AveragePool",
        10,
        [image(1, 2, 7)],
        {"kernel_shape": [3], "strides": [2], "ceil_mode": 1, "count_include_pad": 1},
    ),
    ("MaxPool", 8, [image(1, 2, 5, 4, 6)], {"kernel_shape": [2, 2, 3], "strides": [2, 1, 2]}),
    (
        "MaxPool",
        10,
        [image(1, 2, 9, 9)],
        {"kernel_shape": [3, 3], "dilations": [2, 1], "pads": [1, 1, 1, 1]},
    ),
    (
        "ConvTranspose",
        11,
        [image(2, 4, 5, 3), image(4, 3, 3, 2), image(6)],
        {"group": 2, "strides": [2, 3], "dilations": [2, 1], "pads": [1, 0, 2, 1]},
    ),
    (
        "ConvTranspose",
        7,
        [image(1, 2, 5, 5), image(2, 3, 3, 3)],
        {"strides": [2, 2], "output_shape": [10, 9], "auto_pad": "SAME_UPPER"},
    ),
    (
        "ConvTranspose",
        7,
        [image(1, 2, 5, 5), image(2, 3, 4, 4)],
        {"strides": [2, 2], "auto_pad": "SAME_LOWER"},
    ),
    (
        "ConvTranspose",
        11,
        [image(1, 2, 6), image(2, 1, 3)],
        {"strides": [2], "pads": [1, 1], "output_padding": [1]},
    ),
    ("ConvTranspose", 11, [image(1, 2, 2, 3, 4), image(2, 2, 2, 3, 2)], {"strides": [2, 1, 2]}),
    ("PRelu", 9, [image(2, 3, 4, 5), image(3, 1, 1)], {}),
    ("Elu", 7, [image(40)], {"alpha": 0.7}),
    ("HardSigmoid", 7, [image(40) * 4], {"alpha": 0.3, "beta": 0.4}),
    ("SpaceToDepth", 7, [image(2, 3, 4, 6)], {"blocksize": 2}),
    ("DepthToSpace", 11, [image(2, 18, 2, 3)], {"blocksize": 3, "mode": "CRD"}),
    ("GlobalAveragePool", 7, [image(2, 3, 64, 48) + 5], {}),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{c[0]}-{c[1]}-{i}" for i, c in enumerate(CASES)])
def test_one_node(case: Case) -> None:
    operator, opset, inputs, attributes = case
    model = model_of(operator, opset, inputs, attributes)
    assert inputs[0] is not None
    feed = {"input0": inputs[0]}
    peer = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (want,) = peer.run(None, feed)
    have = Session(model, threads=1).run(feed)["output"]
    assert have.shape == want.shape
    np.testing.assert_allclose(have, want, rtol=1e-5, atol=2e-6)
    plain = Session(model, reference=True).run(feed)["output"]
    assert have.tobytes() == plain.tobytes()
