"""Costs of graphs, against those of the networks that they were made from."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from pleinair.evaluate.cost import multiply_adds, parameters
from pleinair.nets import cost
from pleinair.nets.caffe2go import Caffe2GoNet
from pleinair.nets.levers import EASEL, JOHNSON, Levers
from pleinair.nets.stylenet import StyleNet
from pleinair.train.export import style_model

NETS: dict[str, Callable[[], nn.Module]] = {
    "easel": lambda: StyleNet(EASEL),
    "johnson": lambda: StyleNet(JOHNSON),
    "caffe2go": Caffe2GoNet,
    "depthwise": lambda: StyleNet(Levers(depthwise=True, activation="prelu", width=16)),
    "deconv": lambda: StyleNet(Levers(up="deconv", down="pool", down_widths=())),
    "shuffle": lambda: StyleNet(Levers(up="shuffle", down="unshuffle", down_widths=())),
    "bare": lambda: StyleNet(Levers(norm="none", padding="zero")),
}


def _inputs(height: int, width: int) -> dict[str, tuple[int, ...]]:
    one = (1,)
    return {"image": (1, height, width, 3), "style": one, "strength": one, "colours": one}


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("compact", [True, False])
def test_graph_costs_what_its_network_costs(name: str, compact: bool) -> None:
    net = NETS[name]()
    model = style_model(net, name, {}, compact=compact)
    macs = multiply_adds(model, _inputs(96, 128))
    network = cost.kmac_per_pixel(net, 96, 128) * 1000 * 96 * 128
    table = net.table.numel() if isinstance(net, StyleNet) and net.splits else 0
    blending = 9 * 96 * 128  # of painting and photo, by a 3×3 matrix
    assert macs == pytest.approx(network + table + blending, rel=1e-12)
    assert parameters(model) == cost.count_parameters(net)


def test_picture_that_needs_padding_costs_what_the_padded_one_costs() -> None:
    sizes = (96, 128), (95, 126)
    model = style_model(StyleNet(EASEL), "easel", {})
    unblended = [multiply_adds(model, _inputs(*size)) - 9 * math.prod(size) for size in sizes]
    assert unblended[0] == unblended[1]


def test_matrix_products_are_counted() -> None:
    weights = numpy_helper.from_array(np.zeros((5, 7), np.float32), "w")
    second = numpy_helper.from_array(np.zeros((2, 7), np.float32), "v")
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"]),
        helper.make_node("Gemm", ["a", "v"], ["b"], transB=1),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [3, 5])
    y = helper.make_tensor_value_info("b", TensorProto.FLOAT, [3, 2])
    model = helper.make_model(
        helper.make_graph(nodes, "products", [x], [y], [weights, second]),
        opset_imports=[helper.make_opsetid("", 17)],
    )
    onnx.checker.check_model(model)
    assert multiply_adds(model, {"x": (3, 5)}) == 3 * 5 * 7 + 3 * 7 * 2
    assert parameters(model) == 5 * 7 + 2 * 7
