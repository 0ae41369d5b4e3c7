"""Weights in files beside the model, and names that try to lead elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from pleinair.engine import EngineError, Session

VALUES = np.arange(600, dtype=np.float32).reshape(2, 300)


def write(folder: Path, **entries: Any) -> Path:
    """x + w, and w in another file as these entries say."""
    held = numpy_helper.from_array(VALUES, "w")
    (folder / "weights.bin").write_bytes(b"\0" * 8 + held.raw_data)
    held.ClearField("raw_data")
    held.data_location = TensorProto.EXTERNAL
    for key, value in {"location": "weights.bin", "offset": 8, **entries}.items():
        held.external_data.add(key=key, value=str(value))
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 300]) for name in "xy"]
    small = numpy_helper.from_array(np.array(0.5, np.float32), "half")
    nodes = [
        helper.make_node("Add", ["x", "w"], ["sum"]),
        helper.make_node("Add", ["sum", "half"], ["y"]),
    ]
    graph = helper.make_graph(nodes, "net", ports[:1], ports[1:], [small, held])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("entries", [{}, {"length": 2400}])
def test_weights_are_read_from_beside_the_model(tmp_path: Path, entries: dict[str, int]) -> None:
    x = np.ones((2, 300), np.float32)
    got = Session(write(tmp_path, **entries)).run({"x": x})["y"]
    np.testing.assert_array_equal(got, x + VALUES + 0.5)


def test_as_onnx_writes_it(tmp_path: Path) -> None:
    whole = onnx.load(write(tmp_path))
    (tmp_path / "below").mkdir()
    path = tmp_path / "again.onnx"
    onnx.save(whole, path, save_as_external_data=True, location="below/all.bin", size_threshold=100)
    x = np.zeros((2, 300), np.float32)
    np.testing.assert_array_equal(Session(path).run({"x": x})["y"], VALUES + 0.5)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"location": "../weights.bin"}, "no file in the model's folder"),
        ({"location": "below/../../weights.bin"}, "no file in the model's folder"),
        ({"location": "/etc/hostname"}, "no file in the model's folder"),
        ({"location": "C:weights.bin"}, "no file in the model's folder"),
        ({"location": "..\\weights.bin"}, "no file in the model's folder"),
        ({"location": ""}, "no file in the model's folder"),
        ({"location": "."}, "no file in the model's folder"),
        ({"location": "gone.bin"}, "isn't there"),
        ({"location": "link.bin"}, "leads out of the model's folder"),
        ({"offset": 12, "length": 2400}, "has 2408 bytes, not 2412"),
        ({"offset": 9999999}, "bytes, not"),
        ({"offset": -8}, "no numbers"),
        ({"length": "many"}, "no numbers"),
        ({"length": 2396}, "do not fit its shape"),
    ],
)
def test_what_is_refused(tmp_path: Path, entries: dict[str, Any], message: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "weights.bin").write_bytes(b"\0" * 2408)
    (folder / "link.bin").symlink_to(tmp_path / "weights.bin")
    with pytest.raises(EngineError, match=message):
        Session(write(folder, **entries))


def test_bytes_alone_have_no_folder(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="keeps its data in another file"):
        Session(write(tmp_path).read_bytes())
