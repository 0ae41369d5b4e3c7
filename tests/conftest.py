"""What all tests share: the real data, a browser, and styles that are easy to foretell."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto, helper

from bench.style_network import style_network
from tests.engine.emulated import tool

ROOT = Path(__file__).resolve().parent.parent
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def data() -> Callable[[str], Path]:
    """Path of a real file or folder by its name under PLEINAIR_DATA; skips where it is missing."""
    folder = Path(os.environ.get("PLEINAIR_DATA", ROOT.parent / "shared" / "data"))

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"needs {name} in the data folder (PLEINAIR_DATA={folder})")
        return path

    return find


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """What drives browsers; there can be one at a time."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright (pip)")
    with sync_api.sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright: Any) -> Iterator[Any]:
    """A browser with a profile of its own."""
    program = tool("chromium", "apt-get install chromium")
    browser = playwright.chromium.launch(executable_path=program, args=BROWSER_FLAGS)
    yield browser
    browser.close()


def model_of(*nodes: onnx.NodeProto, metadata: dict[str, str], output: str = "painted") -> bytes:
    shape: list[str | int | None] = [1, "height", "width", 3]
    graph = helper.make_graph(
        list(nodes),
        "style",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info(output, TensorProto.UINT8, shape)],
        [helper.make_tensor("white", TensorProto.FLOAT, [], [255.0])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    return bytes(model.SerializeToString())


@pytest.fixture
def negative() -> bytes:
    """Give the bytes of a style that inverts."""
    return model_of(
        helper.make_node("Cast", ["image"], ["light"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["white", "light"], ["dark"]),
        helper.make_node("Cast", ["dark"], ["painted"], to=TensorProto.UINT8),
        metadata={"pleinair.name": "negative", "pleinair.title": "A Negative"},
    )


@pytest.fixture
def no_style() -> bytes:
    """Give the bytes of a model whose output has another name."""
    return model_of(helper.make_node("Identity", ["image"], ["copy"]), metadata={}, output="copy")


@pytest.fixture
def planes() -> bytes:
    """Give the bytes of a style as others make them: planes of floats in 0..255, made half."""
    shape: list[str | int | None] = [1, 3, "height", "width"]
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "half"], ["y"])],
        "planes",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [helper.make_tensor("half", TensorProto.FLOAT, [], [0.5])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


@pytest.fixture
def own_styles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, negative: bytes) -> Path:
    """Give a user's style folder with one style in it."""
    folder = tmp_path / "styles"
    folder.mkdir()
    (folder / "negative.onnx").write_bytes(negative)
    monkeypatch.setenv("PLEINAIR_STYLES", str(folder))
    return folder


@pytest.fixture
def easel(own_styles: Path) -> Path:
    """Give the path of a model with four styles, among the user's own."""
    names = ("dots", "lines", "waves", "squares")
    path = own_styles / "easel.onnx"
    path.write_bytes(style_network(names, width=8))
    return path
