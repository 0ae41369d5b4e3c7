"""Models that people bring: kept where they paint, refused in words where they don't."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pleinair.studio import models
from pleinair.studio.files import Source
from pleinair.studio.models import Models, opened
from pleinair.studio.painting import Painter, choices
from pleinair.styles import StyleError
from pleinair.video import read_picture, write_picture
from tests.studio.conftest import painted_in_time

FRAME = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def test_models_of_all_kinds_paint(tmp_path: Path, easel: Path, planes: bytes) -> None:
    path = tmp_path / "theirs.onnx"
    path.write_bytes(planes)
    halved = opened(str(path))(FRAME)
    np.testing.assert_allclose(halved, FRAME / 2, atol=0.51)
    np.testing.assert_array_equal(opened(str(path), "theirs")(FRAME), halved)
    np.testing.assert_array_equal(opened("negative")(FRAME), 255 - FRAME)
    lines, waves = (opened(str(easel), style)(FRAME) for style in ("lines", "waves"))
    assert (lines != waves).any()
    with pytest.raises(StyleError, match=r"no style .*'dashes'"):
        opened(str(easel), "dashes")
    with pytest.raises(StyleError, match="nothing"):
        opened("nothing.onnx")


def test_a_model_is_kept_once_and_painted_with(tmp_path: Path, planes: bytes) -> None:
    brought = Models(tmp_path / "models")
    path = brought.add("../../My Model (1).onnx", planes)
    assert path.name == "My-Model-1.onnx"
    assert path.parent.parent == tmp_path / "models"
    assert brought.add("another name.onnx", planes) == path
    assert brought.all() == [path]
    found = [choice for choice in choices(tmp_path / "runs", brought.all()) if choice.path == path]
    assert [(choice.model, choice.style) for choice in found] == [("My-Model-1", "My-Model-1")]
    photo = tmp_path / "photo.png"
    write_picture(photo, np.full((90, 120, 3), 100, np.uint8))
    work = painted_in_time(
        Painter(tmp_path / "painted").painted(Source("photo", "A photo", photo), found[0])
    )
    assert work.done, work.error
    assert abs(float(read_picture(work.path).mean()) - 50) < 2


def test_what_paints_nothing_is_refused_and_leaves_nothing(
    tmp_path: Path, no_style: bytes, data: Callable[[str], Path]
) -> None:
    brought = Models(tmp_path / "models")
    classifier = data("models/squeezenet1_1_fp16.onnx").read_bytes()
    for content in (b"", b"no model", no_style, classifier):
        with pytest.raises(StyleError, match=r"^name: ") as refused:
            brought.add("name.onnx", content)
        assert str(tmp_path) not in str(refused.value)
        assert list(tmp_path.rglob("*.onnx")) == []
    assert brought.all() == []


def test_size_and_number_are_limited(
    tmp_path: Path, planes: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BYTES", "_COUNT"):
        with monkeypatch.context() as patched:
            patched.setattr(models, name, 0)
            with pytest.raises(StyleError):
                Models(tmp_path / "models").add("name.onnx", planes)
    assert list(tmp_path.rglob("*.onnx")) == []
