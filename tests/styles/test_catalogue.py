"""Which styles are found, and by which name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.style_network import style_network
from pleinair import catalogue
from pleinair.engine import EngineError
from pleinair.engine.library import library
from pleinair.styles import StyleError, find, works
from pleinair.styles.catalogue import _works, user_folder


def test_shipped_styles_are_there_and_small() -> None:
    assert len(catalogue("easel")) >= 12
    assert {"starry-night", "great-wave"} <= catalogue("easel").keys()
    assert catalogue("sketch").keys() == catalogue("easel").keys()
    assert find("starry-night").stem == "easel"
    assert find("easel").stat().st_size <= 134_000
    assert find("sketch").stat().st_size <= 134_000


def test_own_styles_join_and_hide_bundled_ones(own_styles: Path) -> None:
    (own_styles / "great-wave.onnx").write_bytes(b"mine")
    styles = catalogue()
    assert styles["negative"] == own_styles / "negative.onnx"
    assert styles["great-wave"] == own_styles / "great-wave.onnx"
    assert styles["starry-night"].parent != own_styles


def test_a_missing_engine_is_not_a_missing_style(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLEINAIR_LIBRARY", "none.so")
    library.cache_clear()
    _works.cache_clear()
    try:
        with pytest.raises(EngineError, match=r"cannot load the engine from none\.so"):
            find("starry-night")
    finally:
        library.cache_clear()


def test_user_folder_without_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLEINAIR_STYLES", raising=False)
    monkeypatch.setenv("HOME", "/home/someone")
    assert user_folder() == Path("/home/someone/.local/share/pleinair/styles")


def test_find_by_path(own_styles: Path) -> None:
    path = own_styles / "negative.onnx"
    assert find(path) == find(str(path)) == find("negative") == path


@pytest.mark.usefixtures("own_styles")
def test_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(StyleError, match=r"'nought' \(there are: starry-night, great-wave, "):
        find("nought")


def test_missing_file_is_named() -> None:
    with pytest.raises(StyleError, match=r"nowhere/a\.onnx: no such style file"):
        find("nowhere/a.onnx")


# ---- models of several styles ------------------------------------------------------------------


def test_styles_within_a_model(easel: Path) -> None:
    styles = catalogue()
    assert [name for name, path in styles.items() if path == easel] == [
        "dots",
        "lines",
        "waves",
        "squares",
    ]
    assert styles["negative"] != easel
    assert "easel" not in styles
    assert list(catalogue("easel")) == list(catalogue(str(easel)))
    assert [work.title for work in works(easel)][:2] == ["A Dots", "A Lines"]


def test_a_changed_model_is_read_again(easel: Path) -> None:
    assert "dots" in catalogue()
    easel.write_bytes(style_network(("rain", "snow"), width=8))
    os.utime(easel, (1, 1))
    assert "rain" in catalogue()
    assert "dots" not in catalogue()


def test_find_in_models(easel: Path, own_styles: Path) -> None:
    other = own_styles / "sketch.onnx"
    other.write_bytes(style_network(("dots", "rain"), width=8))
    for name in ("easel", "dots+lines", "lines:2,waves:1"):
        assert find(name) == easel
    assert find("dots", "easel") == find("dots+lines", "easel") == easel
    assert find("dots", "sketch") == find("rain+dots") == find("sketch") == other


@pytest.mark.usefixtures("easel")
@pytest.mark.parametrize(
    ("name", "model", "message"),
    [
        ("dots+nought", None, r"no style named 'nought' \(there are: "),
        ("negative", "easel", r"'negative' in easel \(there are: dots, lines, waves, squares\)"),
        ("dots+negative", None, "dots and negative can't be mixed: no model has them all"),
        ("dots", "canvas", r"no model named 'canvas' \(there are: "),
        ("dots:many", None, "'dots:many' is no mixture of styles"),
    ],
)
def test_what_no_model_has(name: str, model: str | None, message: str) -> None:
    with pytest.raises(StyleError, match=message):
        find(name, model)
