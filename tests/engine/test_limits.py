"""What a file may ask for has declared limits (docs/trust.md), each with an error of its own."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from pleinair.engine import EngineError, Session

MEBIBYTE = 1 << 20


def model(
    nodes: Sequence[NodeProto],
    constants: Sequence[TensorProto] = (),
    inputs: Sequence[str] = ("x",),
    outputs: Sequence[str] = ("y",),
) -> ModelProto:
    def info(name: str) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)

    graph: GraphProto = helper.make_graph(
        list(nodes), "limits", [info(i) for i in inputs], [info(o) for o in outputs], constants
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def relu(
    source: str = "x", target: str = "y", attributes: Mapping[str, Any] | None = None
) -> NodeProto:
    return helper.make_node("Relu", [source], [target], **(attributes or {}))


def refuse(made: ModelProto, reason: str) -> None:
    with pytest.raises(EngineError, match=reason) as caught:
        Session(made.SerializeToString())
    assert caught.value.code == "limit"


def chain(count: int, op: str = "Relu") -> list[NodeProto]:
    names = ["x", *(f"t{i}" for i in range(count - 1)), "y"]
    return [helper.make_node(op, [a], [b]) for a, b in itertools.pairwise(names)]


def test_nodes() -> None:
    assert Session(model(chain(1 << 14)).SerializeToString()).outputs[0].name == "y"
    refuse(model(chain((1 << 14) + 1)), "more than 16384 nodes")


def test_values() -> None:
    constants = [numpy_helper.from_array(np.zeros(1, np.float32), f"c{i}") for i in range(1 << 16)]
    refuse(model([relu()], constants), "more than 65536 values")


@pytest.mark.parametrize("kind", ["inputs", "outputs"])
def test_ports(kind: str) -> None:
    names = [f"p{i}" for i in range(257)]
    if kind == "inputs":
        made = model([relu("p0")], inputs=names)
    else:
        made = model([relu("x", name) for name in names], outputs=names)
    refuse(made, f"more than 256 {kind}")


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("Concat", ["x"] * 1025, ["y"], axis=0),
        helper.make_node("Split", ["x"], ["y", *(f"s{i}" for i in range(64))], axis=0),
        relu(attributes={f"a{i}": i for i in range(65)}),
    ],
)
def test_parts_of_a_node(node: NodeProto) -> None:
    refuse(model([node]), r"more than 1024 inputs, 64 outputs or 64 attributes")


@pytest.mark.parametrize("place", ["value", "node", "operator", "attribute", "constant"])
def test_names(place: str) -> None:
    long = "n" * 4097
    node, constants = relu(), []
    match place:
        case "value":
            node = relu(long)
        case "node":
            node.name = long
        case "operator":
            node.op_type = long
        case "attribute":
            node = relu(attributes={long: 1})
        case "constant":
            constants = [numpy_helper.from_array(np.zeros(1, np.float32), long)]
    refuse(model([node], constants), "a name of 4097 bytes is longer than 4096")


def test_metadata() -> None:
    made = model([relu()])
    helper.set_model_props(made, {"note": "a" * (MEBIBYTE + 1)})
    refuse(made, "a text of 1048577 bytes is longer than 1048576")
    helper.set_model_props(made, {f"k{i}": "" for i in range(1025)})
    refuse(made, "more than 1024 metadata entries")


def test_bytes_of_a_tensor() -> None:
    session = Session(model([relu()]).SerializeToString())
    with pytest.raises(EngineError, match="passes 1073741824 bytes"):
        session.plan({"x": (1, 1, 1 << 15, 1 << 14)})


def constant_of_shape(*shape: int) -> tuple[NodeProto, TensorProto]:
    dims = numpy_helper.from_array(np.array(shape, np.int64), "dims")
    return helper.make_node("ConstantOfShape", ["dims"], ["c0"]), dims


def doubled(count: int) -> list[NodeProto]:
    """The constant c0, twice as long with each node."""
    return [
        helper.make_node("Concat", [f"c{i}", f"c{i}"], [f"c{i + 1}"], axis=0) for i in range(count)
    ]


@pytest.mark.parametrize(
    "nodes",
    [
        doubled(20),
        [helper.make_node("Exp", [f"c{i}"], [f"c{i + 1}"]) for i in range(1000)],
        [
            helper.make_node("Reshape", ["c0", "square"], ["s0"]),
            *[helper.make_node("MatMul", [f"s{i}", "s0"], [f"s{i + 1}"]) for i in range(100)],
        ],
        [
            helper.make_node("Reshape", ["c0", "image"], ["i"]),
            helper.make_node("AveragePool", ["i"], ["p"], kernel_shape=[64, 64], pads=[32] * 4),
        ],
    ],
    ids=["memory", "length", "products", "pooling"],
)
def test_work_for_constants(nodes: list[NodeProto]) -> None:
    """A small file can't make loading last or take much memory."""
    first, dims = constant_of_shape(1 << 16)
    lists = {"square": [256, 256], "image": [1, 1, 256, 256]}
    constants = [numpy_helper.from_array(np.array(v, np.int64), n) for n, v in lists.items()]
    began = time.process_time()
    refuse(model([first, *nodes, relu()], [dims, *constants]), "is constant, and to compute it")
    assert time.process_time() - began < 5


def test_work_for_constants_of_honest_files() -> None:
    """Weights of half the size, widened at load, are far from the limit."""
    weights = np.zeros((3000, 1000), np.float16)
    nodes = [
        helper.make_node("Cast", ["w"], ["wide"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["x", "wide"], ["y"]),
    ]
    made = model(nodes, [numpy_helper.from_array(weights, "w")])
    assert Session(made.SerializeToString()).plan({"x": (1, 3000)}).macs == 3_000_000


def test_work_for_constants_of_one_input_size() -> None:
    """What becomes constant when the input's size is known has the same limit."""
    nodes = [
        helper.make_node("Shape", ["x"], ["dims"]),
        helper.make_node("ConstantOfShape", ["dims"], ["c0"]),
        *[helper.make_node("Exp", [f"c{i}"], [f"c{i + 1}"]) for i in range(1000)],
        helper.make_node("Add", ["x", "c1000"], ["y"]),
    ]
    session = Session(model(nodes).SerializeToString())
    assert session.plan({"x": (4, 4)}).steps
    with pytest.raises(EngineError, match="is constant, and to compute it"):
        session.plan({"x": (1 << 10, 1 << 10)})


@pytest.mark.parametrize("op", ["Relu", "Softmax"])
@pytest.mark.parametrize("reference", [False, True])
def test_the_longest_chain_is_planned_soon(op: str, reference: bool) -> None:
    session = Session(model(chain(1 << 14, op)).SerializeToString(), reference=reference)
    began = time.process_time()
    plan = session.plan({"x": (1, 3, 4, 4)})
    assert time.process_time() - began < 20
    assert len(plan.steps) >= 1


def test_many_folded_stages_give_the_same_bits() -> None:
    """A chain is cut into steps of some length, which no result shows."""
    x = np.random.default_rng(0).standard_normal((1, 3, 5, 4)).astype(np.float32)
    content = model(chain(300, "Tanh")).SerializeToString()
    fused, plain = (Session(content, reference=r).run({"x": x})["y"] for r in (False, True))
    np.testing.assert_array_equal(fused, plain)
