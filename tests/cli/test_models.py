"""The commands about model files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

Pleinair = Callable[..., "tuple[int, str, str]"]

pytestmark = pytest.mark.usefixtures("own_styles")


@pytest.fixture
def array(tmp_path: Path) -> Path:
    path = tmp_path / "x.npy"
    np.save(path, np.arange(16 * 20 * 3, dtype=np.uint8).reshape(1, 16, 20, 3))
    return path


def test_styles_lists_all(own_styles: Path, pleinair: Pleinair) -> None:
    (own_styles / "words.onnx").write_text("words")
    status, out, _ = pleinair("styles")
    assert status == 0
    for text in ("starry-night", "Vincent van Gogh", "1889", "great-wave", "A Negative"):
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
