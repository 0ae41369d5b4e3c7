"""The commands about model files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

Pleinair = Callable[..., "tuple[int, str, str]"]

pytestmark = pytest.mark.usefixtures("own_styles")


@pytest.fixture
def array(tmp_path: Path) -> Path:
    path = tmp_path / "x.npy"
    np.save(path, np.arange(16 * 20 * 3, dtype=np.uint8).reshape(1, 16, 20, 3))
    return path


@pytest.mark.usefixtures("easel")
def test_styles_lists_all(own_styles: Path, pleinair: Pleinair) -> None:
    (own_styles / "words.onnx").write_text("words")
    status, out, _ = pleinair("styles")
    assert status == 0
    for text in ("starry-night", "Vincent van Gogh", "1889", "great-wave", "A Negative", "A Dots"):
        assert text in out
    assert "broken" in next(line for line in out.splitlines() if line.startswith("words"))
    assert str(own_styles) in out


@pytest.mark.parametrize("name", ["", "image="])
def test_run(name: str, array: Path, own_styles: Path, tmp_path: Path, pleinair: Pleinair) -> None:
    model, target = own_styles / "negative.onnx", tmp_path / "y.npy"
    status, out, _ = pleinair("run", model, "--input", f"{name}{array}", "--output", target)
    assert status == 0
    np.testing.assert_array_equal(np.load(target), 255 - np.load(array))
    row = out.splitlines()[1].split()
    assert row[:2] == ["painted", "uint8"]
    assert "1 × 16 × 20 × 3" in out


def test_run_writes_all_outputs_by_name(
    array: Path, own_styles: Path, tmp_path: Path, pleinair: Pleinair
) -> None:
    target = tmp_path / "y.npz"
    status, *_ = pleinair("run", own_styles / "negative.onnx", "-i", array, "-o", target)
    assert status == 0
    with np.load(target) as outputs:
        assert list(outputs) == ["painted"]


@pytest.mark.parametrize(
    ("model", "source", "target", "message"),
    [
        ("none.onnx", "x.npy", "y.npy", "none.onnx"),
        ("negative.onnx", "none.npy", "y.npy", "none.npy: not a NumPy file"),
        ("negative.onnx", "negative.onnx", "y.npy", "negative.onnx: not a NumPy file"),
        ("negative.onnx", "other=x.npy", "y.npy", "other"),
        ("negative.onnx", "x.npy", "y.txt", "y.txt: write to .npy or .npz"),
    ],
)
def test_run_refuses(
    model: str,
    source: str,
    target: str,
    message: str,
    array: Path,
    own_styles: Path,
    monkeypatch: pytest.MonkeyPatch,
    pleinair: Pleinair,
) -> None:
    monkeypatch.chdir(own_styles)
    array.rename(own_styles / "x.npy")
    status, _, err = pleinair("run", model, "-i", source, "-o", target)
    assert status == 1
    assert message in err
    assert err.startswith("pleinair: ")
    assert err.count("\n") == 1
    assert not (own_styles / target).exists()


def test_info_of_a_style(pleinair: Pleinair) -> None:
    status, out, _ = pleinair("info", "starry-night", "--size", "640x480", "--plan")
    assert status == 0
    rows = {line.split("  ")[0]: line for line in out.splitlines() if line}
    assert "image: uint8 1 × height × width × 3" in out
    assert "style: float32 12" in out
    assert "painted: uint8 1 × height × width × 3" in rows["output"]
    assert rows["pleinair.name"].split()[-1] == "easel"
    assert "image 1 × 480 × 640 × 3" in out
    assert "Conv" in rows["nodes"]
    steps = int(rows["steps"].split()[1])
    assert len(out.splitlines()) - 1 - list(rows).index("step") >= steps > 5


def test_info_counts_multiply_adds(pleinair: Pleinair, tmp_path: Path) -> None:
    weights = np.zeros((8, 3, 5, 5), np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"], pads=[2, 2, 2, 2])],
        "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w_"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8, "h", "w_"])],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "one.onnx"
    path.write_bytes(model.SerializeToString())
    status, out, _ = pleinair("info", path, "--size", "1000x500")
    assert status == 0
    # 8 × 3 × 5 × 5 for each of half a million pixels
    assert "0.3 G, 0.6 k per pixel" in out
    assert "600" in next(line for line in out.splitlines() if line.startswith("parameters"))


def test_info_shows_long_metadata_in_full_when_asked(pleinair: Pleinair) -> None:
    assert '"steps"' not in pleinair("info", "great-wave")[1]
    status, out, _ = pleinair("info", "great-wave", "--metadata")
    assert status == 0
    assert out.startswith("pleinair.name: easel\n")
    assert '"steps"' in out


def test_info_refuses(own_styles: Path, pleinair: Pleinair) -> None:
    (own_styles / "words.onnx").write_text("words")
    status, _, err = pleinair("info", "words")
    assert status == 1
    assert err.startswith("pleinair: ")
    assert "words.onnx" in err
    assert err.count("\n") == 1
