from __future__ import annotations

import json
from pathlib import Path

import pytest

from pleinair.deploy import DeployError, lay_out
from pleinair.deploy.web import ISOLATION
from pleinair.engine import Session
from pleinair.styles import Artwork, Style


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page of little more than nothing, and a folder to lay it out into."""
    own = tmp_path / "own"
    own.mkdir()
    for name in ("index.html", "app.js", "pleinair.wasm", "jsconfig.json"):
        (own / name).write_text(name)
    monkeypatch.setenv("PLEINAIR_WEB", str(own))
    return tmp_path / "page"


@pytest.fixture
def style(tmp_path: Path, negative: bytes) -> Path:
    path = tmp_path / "negative.onnx"
    path.write_bytes(negative)
    return path


def test_all_that_a_host_needs(page: Path, style: Path) -> None:
    lay_out(page, [style])
    assert (page / "index.html").read_text() == "index.html"
    assert (page / "styles" / "negative.onnx").read_bytes() == style.read_bytes()
    assert (page / "pleinair.wasm").is_file()
    assert "fn load(" in (page / "gpu" / "window.wgsl").read_text()
    assert json.loads((page / "files.json").read_text()) == ["app.js", "index.html"]
    [file] = json.loads((page / "catalogue.json").read_text())["files"]
    assert file["url"] == "styles/negative.onnx"
    assert file["cost"] >= 0
    assert [card["name"] for card in file["styles"]] != []
    for name in ("_headers", ".htaccess", "nginx.conf", "vercel.json"):
        text = (page / name).read_text()
        assert all(header in text and value in text for header, value in ISOLATION.items())


def test_a_users_own_style_replaces_that_of_its_name(
    page: Path, style: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "mine" / "own.onnx"
    own.parent.mkdir()
    own.write_bytes(style.read_bytes())
    monkeypatch.setenv("PLEINAIR_STYLES", str(own.parent))
    monkeypatch.setattr("pleinair.deploy.web.works", lambda _: (Artwork("same", "The Same"),))
    lay_out(page, [own, style])
    mine, shipped = json.loads((page / "catalogue.json").read_text())["files"]
    assert "hidden" not in mine["styles"][0]
    assert shipped["styles"][0]["hidden"]


def test_no_style(page: Path) -> None:
    with pytest.raises(DeployError, match="at least one style"):
        lay_out(page, [])


def test_the_same_name_twice(page: Path, style: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / style.name
    other.parent.mkdir()
    other.write_bytes(style.read_bytes())
    with pytest.raises(DeployError, match="same name"):
        lay_out(page, [style, other])


def test_what_is_no_style(page: Path, tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"nonsense")
    with pytest.raises(DeployError, match=r"x\.onnx"):
        lay_out(page, [tmp_path / "x.onnx"])
    assert not page.exists()


def test_a_page_without_the_engine(page: Path, style: Path, tmp_path: Path) -> None:
    (tmp_path / "own" / "pleinair.wasm").unlink()
    with pytest.raises(DeployError, match="WebAssembly"):
        lay_out(page, [style])


def test_only_the_chosen_styles_go_along(page: Path, easel: Path, style: Path) -> None:
    lay_out(page, [style, easel], ["waves", "negative", "dots"])
    alone, several = json.loads((page / "catalogue.json").read_text())["files"]
    assert [work["name"] for work in alone["styles"]] == ["negative"]
    assert [work["name"] for work in several["styles"]] == ["waves", "dots"]
    assert Style(Session(page / "styles" / "easel.onnx")).names == ("waves", "dots")
    assert (page / "styles" / "negative.onnx").read_bytes() == style.read_bytes()


def test_a_model_with_none_of_the_styles(page: Path, easel: Path) -> None:
    with pytest.raises(DeployError, match=r"easel\.onnx: has none of the styles negative"):
        lay_out(page, [easel], ["negative"])
    assert not page.exists()
