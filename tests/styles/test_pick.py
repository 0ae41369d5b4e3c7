"""A model file with some of its styles paints them as it did with all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from pleinair.engine import Session
from pleinair.styles import Style, StyleError, model_files
from pleinair.styles.pick import pick_rows, picked_metadata

PHOTO = np.random.default_rng(0).integers(0, 256, (40, 53, 3), np.uint8)


def picked(path: Path, rows: list[int]) -> bytes:
    return pick_rows(path.read_bytes(), Session(path).metadata, rows)


@pytest.mark.parametrize("rows", [[3], [5, 1], list(range(11, -1, -1))])
@pytest.mark.parametrize("name", ["sketch", "easel", "mural"])
def test_a_shipped_network(name: str, rows: list[int]) -> None:
    path = next(path for path in model_files() if path.stem == name)
    whole, content = Style(Session(path, threads=1)), picked(path, rows)
    some = Style(Session(content, threads=1))
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    assert some.names == tuple(whole.names[row] for row in rows)
    assert len(content) <= path.stat().st_size - 500 * (12 - len(rows))
    for style in some.names[:2]:
        whole.select(style)
        some.select(style)
        assert np.array_equal(some(PHOTO), whole(PHOTO))
    record = json.loads(some.metadata["pleinair.training"])
    assert [painting["name"] for painting in record["config"]["paintings"]] == list(some.names)
    assert record["config"]["levers"]["styles"] == len(rows)
    told = json.loads(whole.metadata["pleinair.training"])["parameters"]
    assert told - record["parameters"] == whole.session.parameters - some.session.parameters
    assert some.metadata["pleinair.name"] == (some.names[0] if len(rows) == 1 else name)


def test_a_network_that_tells_little(easel: Path) -> None:
    """float32 weights, no record of a training."""
    content = picked(easel, [2, 0])
    some, whole = Style(Session(content)), Style(Session(easel))
    assert some.names == ("waves", "dots")
    some.select("waves:0.75,dots:0.25")
    whole.select("waves:0.75,dots:0.25")
    assert np.array_equal(some(PHOTO), whole(PHOTO))


def changed(path: Path, change: Any) -> bytes:
    model = onnx.load(path)
    change(model.graph)
    return bytes(model.SerializeToString())


def another_reader(graph: Any) -> None:
    graph.node.append(helper.make_node("Identity", ["style"], ["seen"]))


def another_product(graph: Any) -> None:
    next(node for node in graph.node if node.op_type == "MatMul").op_type = "Add"


def a_computed_table(graph: Any) -> None:
    product = next(node for node in graph.node if node.op_type == "MatMul")
    graph.node.insert(0, helper.make_node("Identity", [product.input[1]], ["copy"]))
    product.input[1] = "copy"


def a_shared_shape(graph: Any) -> None:
    shape = next(node for node in graph.node if "style" in node.input).input[1]
    graph.node.append(helper.make_node("Identity", [shape], ["seen"]))


def a_table_in_another_field(graph: Any) -> None:
    [table] = (tensor for tensor in graph.initializer if len(tensor.dims) == 2)
    values = numpy_helper.to_array(table).astype(np.float32)
    table.ClearField("raw_data")
    table.data_type = onnx.TensorProto.FLOAT
    table.float_data.extend(values.ravel())


@pytest.mark.parametrize(
    "change", [another_reader, another_product, a_computed_table, a_table_in_another_field]
)
def test_styles_that_lie_elsewhere(easel: Path, change: Any) -> None:
    with pytest.raises(StyleError, match="styles can't be picked"):
        pick_rows(changed(easel, change), Session(easel).metadata, [0])


def test_a_number_of_styles_that_is_used_elsewhere() -> None:
    path = next(path for path in model_files() if path.stem == "sketch")
    with pytest.raises(StyleError, match="styles can't be picked"):
        pick_rows(changed(path, a_shared_shape), Session(path).metadata, [0])


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"pleinair.styles": "nothing"},
        {"pleinair.styles": '[{"name": "a"}]', "pleinair.training": "{}"},
    ],
)
def test_metadata_without_a_list(easel: Path, metadata: dict[str, str]) -> None:
    with pytest.raises(StyleError, match="metadata don't list them"):
        pick_rows(easel.read_bytes(), metadata, [0])


def test_one_style_gives_the_model_its_name() -> None:
    told = {"pleinair.name": "both", "pleinair.styles": '[{"name": "a"}, {"name": "b"}]'}
    assert picked_metadata(told, [1], 0)["pleinair.name"] == "b"
    assert picked_metadata(told, [1, 0], 0)["pleinair.name"] == "both"
