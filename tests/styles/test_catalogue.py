"""Which styles are found, and by which name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pleinair import catalogue
from pleinair.styles import StyleError, find
from pleinair.styles.catalogue import user_folder


def test_shipped_styles_are_there_and_small() -> None:
    styles = catalogue()
    assert {"starry-night", "great-wave"} <= styles.keys()
    for name in ("starry-night", "great-wave"):
        assert styles[name].stat().st_size <= 150_000


def test_own_styles_join_and_hide_bundled_ones(own_styles: Path) -> None:
    (own_styles / "great-wave.onnx").write_bytes(b"mine")
    styles = catalogue()
    assert styles["negative"] == own_styles / "negative.onnx"
    assert styles["great-wave"] == own_styles / "great-wave.onnx"
    assert styles["starry-night"].parent != own_styles


def test_user_folder_without_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLEINAIR_STYLES", raising=False)
    monkeypatch.setenv("HOME", "/home/someone")
    assert user_folder() == Path("/home/someone/.local/share/pleinair/styles")


def test_find_by_path(own_styles: Path) -> None:
    path = own_styles / "negative.onnx"
    assert find(path) == find(str(path)) == find("negative") == path


@pytest.mark.usefixtures("own_styles")
def test_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(StyleError, match=r"'nought' \(there are: great-wave, starry-night, neg"):
        find("nought")


def test_missing_file_is_named() -> None:
    with pytest.raises(StyleError, match=r"nowhere/a\.onnx: no such style file"):
        find("nowhere/a.onnx")
