from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pleinair.deploy import DeployError
from pleinair.deploy.android import lay_out_android
from pleinair.deploy.c import lay_out_c
from pleinair.deploy.ios import lay_out_ios
from pleinair.deploy.onnx import lay_out_onnx
from pleinair.deploy.project import Offer, offer
from pleinair.engine import Session
from pleinair.styles import Style
from tests.deploy.projects import EASEL, assert_closed, easel


def android(folder: Path, chosen: Offer) -> None:
    lay_out_android(folder, chosen, ndk=True)


TARGETS = [lay_out_c, android, lay_out_ios, lay_out_onnx]
LayOut = Callable[[Path, Offer], None]


@pytest.mark.parametrize("lay_out", TARGETS)
def test_nothing_is_left_to_fill_in(lay_out: LayOut, tmp_path: Path) -> None:
    lay_out(tmp_path / "project", easel())
    files = [path for path in (tmp_path / "project").rglob("*") if path.is_file()]
    assert (tmp_path / "project" / "README.md") in files
    assert [path.name for path in files].count("easel.onnx") == 1
    for path in files:
        if path.suffix in (".md", ".txt", ".h", ".swift", ".kts", ".kt", ".json"):
            text = path.read_text(encoding="utf-8")
            assert path.name == "zig.cmake" or not re.search(r"@[A-Z]{2,}@", text), path


@pytest.mark.parametrize("lay_out", TARGETS)
def test_what_is_there_stays(lay_out: LayOut, tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(DeployError, match="not empty"):
        lay_out(tmp_path, easel())
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("lay_out", [lay_out_c, android, lay_out_ios])
def test_without_sources_nothing_is_written(
    lay_out: LayOut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    monkeypatch.setattr("pleinair.deploy.project._SOURCES_FOLDERS", (tmp_path,))
    with pytest.raises(DeployError, match="sources are not there"):
        lay_out(tmp_path / "project", easel())
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_apps_learn_what_is_offered() -> None:
    told = json.loads(easel().listing())
    assert told["model"] == "easel.onnx"
    assert [style["name"] for style in told["styles"]] == ["the-scream", "great-wave"]
    assert told["styles"][1]["artist"] == "Katsushika Hokusai"


@pytest.mark.parametrize("lay_out", TARGETS)
def test_only_the_chosen_styles_go_along(lay_out: LayOut, tmp_path: Path) -> None:
    lay_out(tmp_path / "project", easel())
    [model] = (tmp_path / "project").rglob("easel.onnx")
    assert Style(Session(model)).names == ("the-scream", "great-wave")


def test_all_styles_if_none_is_named() -> None:
    whole = offer(EASEL)
    assert len(whole.works) == 12
    assert whole.content == EASEL.read_bytes()


def test_a_lone_style_goes_by_its_files_name(tmp_path: Path, negative: bytes) -> None:
    (tmp_path / "mine.onnx").write_bytes(negative)
    for names in ([], ["mine"], ["negative"]):
        assert offer(tmp_path / "mine.onnx", names).content == negative
    with pytest.raises(DeployError, match="no style named 'yours'"):
        offer(tmp_path / "mine.onnx", ["yours"])


def test_a_style_that_the_model_has_not() -> None:
    with pytest.raises(DeployError, match=r"no style named 'nobody' in easel.onnx \(starry-night"):
        offer(EASEL, ["nobody"])


def test_a_file_that_is_no_style(tmp_path: Path, no_style: bytes) -> None:
    (tmp_path / "x.onnx").write_bytes(no_style)
    with pytest.raises(DeployError, match=r"x.onnx: .*not a style"):
        offer(tmp_path / "x.onnx")


def test_brackets_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "x.swift"
    path.write_text('f([{ "}" }]) // (\n/* [ */')
    assert_closed(path)
    path.write_text("f([)]")
    with pytest.raises(AssertionError):
        assert_closed(path)
