"""The gallery's painter: each pair once, kept on disk, errors in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pleinair.studio.files import Source
from pleinair.studio.painting import Choice, Painter, can_be_larger, choices
from pleinair.video import probe, read_picture, write_picture
from pleinair.video.stylize import stylize_images
from tests.studio.conftest import painted_in_time


@pytest.fixture
def photo(tmp_path: Path) -> Source:
    path = tmp_path / "photo.png"
    write_picture(path, np.full((90, 2000, 3), 40, np.uint8))
    return Source("photo", "A photo", path)


@pytest.fixture
def clip(tmp_path: Path) -> Source:
    path = tmp_path / "clip.mp4"
    frames = [np.full((66, 90, 3), 20 * i, np.uint8) for i in range(5)]
    stylize_images(frames, path, lambda image: image, count=5, size=(90, 66), rate=25)
    return Source("clip", "A clip", path)


def _negative(own_styles: Path) -> Choice:
    return next(c for c in choices(own_styles / "none") if c.path == own_styles / "negative.onnx")


def test_a_photo_is_painted_once_and_found_again(
    tmp_path: Path, own_styles: Path, photo: Source
) -> None:
    style, painter = _negative(own_styles), Painter(tmp_path / "painted")
    work = painted_in_time(painter.painted(photo, style))
    assert work.done, work.error
    painted = read_picture(work.path)
    assert painted.shape == (58, 1280, 3)  # made smaller, its sides even
    assert abs(float(painted.mean()) - 215) < 3
    assert painter.painted(photo, style) is work
    again = Painter(tmp_path / "painted").painted(photo, style)
    assert again.done
    assert again.path == work.path
    original = painted_in_time(painter.original(photo))
    assert abs(float(read_picture(original.path).mean()) - 40) < 3
    assert original.path != work.path
    assert can_be_larger(photo)
    full = painted_in_time(painter.painted(photo, style, full=True))
    assert read_picture(full.path).shape == (90, 2000, 3)


def test_a_clip_stays_a_clip(tmp_path: Path, own_styles: Path, clip: Source) -> None:
    work = painted_in_time(Painter(tmp_path / "painted").painted(clip, _negative(own_styles)))
    assert work.done, work.error
    assert work.part == 1
    found = probe(work.path)
    assert (found.width, found.height, found.frames) == (90, 66, 5)


def test_closing_leaves_what_is_not_done(tmp_path: Path, own_styles: Path, clip: Source) -> None:
    painter = Painter(tmp_path / "painted")
    painter._closed = True  # as it is while a clip is under way
    assert (
        painted_in_time(painter.painted(clip, _negative(own_styles))).error
        == "the studio was closed"
    )
    assert list((tmp_path / "painted").iterdir()) == []


def test_what_cannot_be_painted_is_said_and_tried_again(
    tmp_path: Path, own_styles: Path, no_style: bytes, photo: Source
) -> None:
    broken = own_styles / "broken.onnx"
    broken.write_bytes(no_style)
    style = next(c for c in choices(tmp_path) if c.path == broken)
    painter = Painter(tmp_path / "painted")
    work = painted_in_time(painter.painted(photo, style))
    assert not work.done
    assert "not a style" in work.error
    assert list((tmp_path / "painted").iterdir()) == []
    assert painter.painted(photo, style) is not work


def test_styles_of_runs_and_the_users_are_there_each_once(
    tmp_path: Path, own_styles: Path, easel: Path, no_style: bytes
) -> None:
    runs = tmp_path / "runs"
    for place in ("negative", "search", "search/trials/004"):
        (runs / place).mkdir(parents=True)
    (runs / "negative" / "negative.onnx").write_bytes((own_styles / "negative.onnx").read_bytes())
    (runs / "search" / "winner.onnx").write_bytes(easel.read_bytes()[:-1])
    (runs / "search" / "trials" / "004" / "model.onnx").write_bytes(no_style)
    found = choices(runs)
    assert len({choice.key for choice in found}) == len(found)
    assert [choice.path for choice in found].count(runs / "negative" / "negative.onnx") == 0
    models = {choice.model for choice in found}
    assert {"negative", "easel", "search/winner", "search #004"} <= models
    four = [choice.style for choice in found if choice.path == easel]
    assert four == ["dots", "lines", "waves", "squares"]
