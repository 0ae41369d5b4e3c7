"""Shapes of graphs, the ones that pad themselves and the ones with operators long gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from pleinair.evaluate.shapes import in_order, static_shapes
from pleinair.nets.levers import EASEL
from pleinair.nets.stylenet import StyleNet
from pleinair.train.export import style_model


def _chain(*nodes: onnx.NodeProto) -> onnx.ModelProto:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])
    y = helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)
    graph = helper.make_graph(list(nodes), "chain", [x], [y])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def test_graph_that_pads_itself() -> None:
    model = style_model(StyleNet(EASEL), "easel", {})
    one = (1,)
    inputs = {"image": (1, 61, 47, 3), "style": one, "strength": one, "colours": one}
    shapes = static_shapes(model, inputs)
    pads = [node.output[0] for node in model.graph.node if node.op_type == "Pad"]
    assert (1, 3, 64, 48) in [shapes[name] for name in pads]
    assert shapes["painted"] == (1, 61, 47, 3)


def test_nodes_in_any_order() -> None:
    relu = helper.make_node("Relu", ["x"], ["a"])
    pool = helper.make_node("AveragePool", ["a"], ["b"], kernel_shape=[2, 2], strides=[2, 2])
    model = _chain(relu, pool)
    turned = [pool, relu]
    del model.graph.node[:]
    model.graph.node.extend(turned)
    assert [node.op_type for node in in_order(model.graph)] == ["Relu", "AveragePool"]
    assert static_shapes(model, {"x": (1, 3, 8, 6)})["b"] == (1, 3, 4, 3)


def test_graph_that_feeds_itself_is_refused() -> None:
    model = _chain(helper.make_node("Relu", ["x"], ["a"]))
    model.graph.node[0].input[0] = "a"
    with pytest.raises(ValueError, match=r"a \(Relu\)"):
        static_shapes(model, {"x": (1, 3, 8, 8)})


def test_operator_that_nobody_knows_is_named() -> None:
    model = _chain(helper.make_node("Paint", ["x"], ["a"], name="painter"))
    with pytest.raises(ValueError, match=r"painter \(Paint\)"):
        static_shapes(model, {"x": (1, 3, 8, 8)})


def test_operators_of_the_first_opsets(data: Callable[[str], Path]) -> None:
    model = onnx.load(data("models/winml/candy.onnx"))
    shapes = static_shapes(model, {"inputImage": (1, 3, 720, 720)})
    assert shapes[model.graph.output[0].name] == (1, 3, 720, 720)
