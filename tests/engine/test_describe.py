"""What a plan says of its steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from pleinair.engine import Session


def said(operator: str, *weights: int, **attributes: Any) -> list[str]:
    """Say what the steps of one operator do, but for loads and stores; a pool has no weights."""
    shape = [1, weights[0] if operator == "ConvTranspose" else 12, 9, 11]
    constants = [numpy_helper.from_array(np.ones(weights, np.float32), "w")] if weights else []
    node = helper.make_node(operator, ["x", "w"][: 1 + len(constants)], ["y"], **attributes)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * 4)
    graph = helper.make_graph([node], "one", [x], [y], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    steps = Session(model.SerializeToString()).plan({"x": tuple(shape)}).steps
    return [step.description.partition(";")[0] for step in steps]


@pytest.mark.parametrize(
    ("description", "operator", "weights", "attributes"),
    [
        ("1x1 12->5", "Conv", (5, 12, 1, 1), {}),
        ("3x2 12->5", "Conv", (5, 12, 3, 2), {}),
        ("1x4 12->5", "Conv", (5, 12, 1, 4), {}),
        ("3x3 12->5", "Conv", (5, 12, 3, 3), {"dilations": [2, 3]}),
        ("3x3 12->5, stride 2x1", "Conv", (5, 12, 3, 3), {"strides": [2, 1]}),
        ("3x3 12->8 in 4 groups", "Conv", (8, 3, 3, 3), {"group": 4}),
        ("2x3 12->7, 6 phases", "ConvTranspose", (12, 7, 4, 7), {"strides": [2, 3]}),
        (
            "2x3, 12 channels, stride 3x3, maximum",
            "MaxPool",
            (),
            {"kernel_shape": [2, 3], "strides": [3, 3]},
        ),
    ],
)
def test_kernels_channels_and_what_is_special(
    description: str, operator: str, weights: tuple[int, ...], attributes: dict[str, Any]
) -> None:
    assert description in said(operator, *weights, **attributes)


def test_norms() -> None:
    scale = numpy_helper.from_array(np.ones(6, np.float32), "s")
    node = helper.make_node("InstanceNormalization", ["x", "s", "s"], ["y"])
    image = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 6, 5, 4]) for name in "xy"]
    graph = helper.make_graph([node], "norm", image[:1], image[1:], [scale])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    steps = Session(model.SerializeToString()).plan({"x": (1, 6, 5, 4)}).steps
    assert [(step.kind, step.description) for step in steps] == [
        ("statistics", "6 channels; store: statistics"),
        ("norm", "6 channels: statistics to scale+shift"),
        ("map", "6 channels; load: norm"),
    ]
