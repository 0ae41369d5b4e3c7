"""Models of every kind become painters."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from pleinair.evaluate.models import open_painters
from pleinair.styles import StyleError

FRAME = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def _mixing_model(names: list[str]) -> bytes:
    """Two styles that each lift one colour, in the format of files with many styles."""
    float_, byte = TensorProto.FLOAT, TensorProto.UINT8
    shape: list[str | int | None] = [1, "height", "width", 3]
    lifts = helper.make_tensor("lifts", float_, [2, 3], [9.0, 0.0, 0.0, 0.0, 0.0, 5.0])
    nodes = [
        helper.make_node("Cast", ["image"], ["light"], to=float_),
        helper.make_node("Mul", ["style", "strength"], ["amount"]),
        helper.make_node("Unsqueeze", ["amount", "first"], ["row"]),
        helper.make_node("MatMul", ["row", "lifts"], ["lift"]),
        helper.make_node("Add", ["light", "lift"], ["more"]),
        helper.make_node("Clip", ["more", "black", "white"], ["cut"]),
        helper.make_node("Cast", ["cut"], ["painted"], to=byte),
    ]
    constants = [
        lifts,
        helper.make_tensor("first", TensorProto.INT64, [1], [0]),
        helper.make_tensor("black", float_, [], [0.0]),
        helper.make_tensor("white", float_, [], [255.0]),
    ]
    inputs = [
        helper.make_tensor_value_info("image", byte, shape),
        helper.make_tensor_value_info("style", float_, [2]),
        helper.make_tensor_value_info("strength", float_, [1]),
    ]
    output = helper.make_tensor_value_info("painted", byte, shape)
    graph = helper.make_graph(nodes, "mix", inputs, [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    paintings = [{"file": f"{name}.png", "size": 500} for name in names]
    metadata = {
        "pleinair.styles": json.dumps([{"name": name} for name in names]),
        "pleinair.training": json.dumps({"config": {"paintings": paintings}}),
    }
    helper.set_model_props(model, metadata)
    return bytes(model.SerializeToString())


def _float_model(sides: list[str | int], metadata: dict[str, str]) -> bytes:
    """Float planes in 0..255, of which the first is made dark."""
    dims: list[str | int | None] = [1, 3, *sides]
    keep = helper.make_tensor("keep", TensorProto.FLOAT, [3, 1, 1], [0.0, 1.0, 1.0])
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "keep"], ["y"])],
        "planes",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, dims)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, dims)],
        [keep],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    return bytes(model.SerializeToString())


def test_style_of_its_own_file(negative_file: Callable[..., Path]) -> None:
    path = negative_file("inverse")
    (painter,) = open_painters(str(path), threads=1)
    assert (painter.model, painter.style, painter.styles) == ("inverse", "negative", 1)
    assert painter.size_bytes == path.stat().st_size
    assert painter.parameters == 0
    assert painter.costs(480, 640) == 0
    np.testing.assert_array_equal(painter.paint(FRAME), 255 - FRAME)


def test_file_with_many_styles_is_a_painter_for_each(tmp_path: Path) -> None:
    path = tmp_path / "mix.onnx"
    path.write_bytes(_mixing_model(["red", "blue"]))
    red, blue = open_painters(str(path), threads=1)
    assert [red.style, blue.style] == ["red", "blue"]
    assert red.styles == blue.styles == 2
    assert red.key != blue.key
    assert red.file_key == blue.file_key
    assert (blue.record["painting"], blue.record["painting_size"]) == ("blue.png", 500)
    assert red.costs(10, 20) == 2 * 3
    grey = np.full((16, 16, 3), 100, np.uint8)
    assert red.paint(grey)[0, 0].tolist() == [109, 100, 100]
    assert blue.paint(grey)[0, 0].tolist() == [100, 100, 105]


def test_style_by_its_name_is_alone(own_styles: Path) -> None:
    (own_styles / "mix.onnx").write_bytes(_mixing_model(["red", "blue"]))
    assert [p.style for p in open_painters("blue", threads=1)] == ["blue"]
    assert [p.style for p in open_painters("mix", threads=1)] == ["red", "blue"]


def test_styles_that_are_not_named_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mix.onnx"
    path.write_bytes(_mixing_model(["red"]))
    with pytest.raises(
        StyleError, match=r"mix\.onnx: it takes 2 styles, and names 1 in its metadata"
    ):
        open_painters(str(path), threads=1)


@pytest.mark.parametrize(("metadata", "dark"), [({}, 0), ({"Image.BitmapPixelFormat": "Bgr8"}, 2)])
def test_planes_of_floats(tmp_path: Path, metadata: dict[str, str], dark: int) -> None:
    path = tmp_path / "planes.onnx"
    path.write_bytes(_float_model(["h", "w"], metadata))
    (painter,) = open_painters(str(path), threads=1)
    expected = FRAME.copy()
    expected[..., dark] = 0
    np.testing.assert_array_equal(painter.paint(FRAME), expected)
    assert painter.fixed is None


def test_model_of_one_size_gets_the_frame_stretched(tmp_path: Path) -> None:
    path = tmp_path / "planes.onnx"
    path.write_bytes(_float_model([24, 24], {}))
    (painter,) = open_painters(str(path), threads=1)
    assert painter.fixed == (24, 24)
    painted = painter.paint(np.full((20, 30, 3), 90, np.uint8))
    assert painted.shape == (20, 30, 3)
    assert (painted == [0, 90, 90]).all()


def test_network_that_is_no_style_is_refused(tmp_path: Path) -> None:
    model = onnx.load_from_string(_float_model(["h", "w"], {}))
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[1].dim_value = 1
    path = tmp_path / "grey.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(StyleError, match=r"grey\.onnx: not a style"):
        open_painters(str(path), threads=1)


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x08\x3a"])
def test_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "junk.onnx"
    path.write_bytes(content)
    with pytest.raises(StyleError, match=r"junk\.onnx: "):
        open_painters(str(path), threads=1)
