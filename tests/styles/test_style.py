"""A style paints frames, and says clearly what it can't paint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pleinair
from pleinair import Style, StyleError
from pleinair.engine import EngineError, Picture

SHIPPED = ["great-wave", "starry-night"]


def noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture
def style(own_styles: Path) -> Style:  # noqa: ARG001
    return pleinair.load("negative", threads=1)


@pytest.mark.parametrize("size", [(16, 16), (17, 23), (64, 48), (33, 1000)])
def test_paints_what_the_network_says(size: tuple[int, int], style: Style) -> None:
    frame = noise(*size)
    before = frame.copy()
    painted = style(frame)
    assert painted.dtype == np.uint8
    np.testing.assert_array_equal(painted, 255 - before)
    np.testing.assert_array_equal(frame, before)


def test_names_come_from_the_file(style: Style) -> None:
    assert (style.name, style.title) == ("negative", "A Negative")
    assert repr(style) == "Style('negative')"


def test_frames_need_not_be_contiguous(style: Style) -> None:
    frame = noise(40, 60)
    turned = np.rot90(frame)
    np.testing.assert_array_equal(style(turned), 255 - turned)
    np.testing.assert_array_equal(style(frame[::2, ::-1]), 255 - frame[::2, ::-1])


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_styles_take_pictures(name: str) -> None:
    shipped = pleinair.load(name, threads=1)
    assert shipped.takes_pictures
    frame = noise(40, 60)
    bgra = np.dstack([frame[..., ::-1], frame[..., :1]])
    out = Picture((np.zeros((40, 60, 4), np.uint8),), "bgra")
    shipped.paint(Picture((bgra,), "bgra"), out)
    np.testing.assert_array_equal(out.planes[0][..., 2::-1], shipped(frame))


def test_not_every_network_takes_pictures(style: Style) -> None:
    assert not style.takes_pictures
    picture = Picture((noise(20, 20),), "bgr")
    with pytest.raises(EngineError, match="rows of pixels"):
        style.paint(picture, picture.like(20, 20))


def test_pictures_too_small(style: Style) -> None:
    picture = Picture((noise(20, 15),))
    with pytest.raises(StyleError, match="15×20 pixels is too small"):
        style.paint(picture, picture.like(15, 20))


def test_results_don_t_share_memory(style: Style) -> None:
    first = style(noise(20, 20, 1))
    kept = first.copy()
    style(noise(20, 20, 2))
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (np.zeros((20, 20, 3)), "array of uint8, not float64"),
        ([[1, 2, 3]], "array of uint8, not list"),
        (np.zeros((20, 20), np.uint8), r"height × width × 3 \(RGB\), not 20 × 20$"),
        (np.zeros((20, 20, 4), np.uint8), "not 20 × 20 × 4"),
        (np.zeros((1, 20, 20, 3), np.uint8), "not 1 × 20 × 20 × 3"),
        (np.zeros((15, 20, 3), np.uint8), r"20×15 pixels is too small \(at least 16×16\)"),
        (np.zeros((0, 20, 3), np.uint8), "too small"),
    ],
)
def test_wrong_frames_are_refused(frame: Any, message: str, style: Style) -> None:
    with pytest.raises(StyleError, match=message):
        style(frame)


def test_a_model_that_is_no_style(tmp_path: Path, no_style: bytes) -> None:
    path = tmp_path / "copy.onnx"
    path.write_bytes(no_style)
    with pytest.raises(StyleError, match=r"it maps image \(uint8\) to copy \(uint8\)"):
        pleinair.load(path)


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "words.onnx"
    path.write_text("some words")
    with pytest.raises(StyleError, match=r"words\.onnx: "):
        pleinair.load(path)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_style_tells_where_it_comes_from(name: str) -> None:
    style = pleinair.load(name)
    assert style.name == name
    (work,) = [work for work in style.artworks if work.name == name]
    assert work.title
    assert work.artist
    assert work.year
    assert style.metadata["pleinair.training"]


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("size", [(16, 16), (17, 31), (90, 161), (120, 121)])
def test_shipped_style_paints_every_size(name: str, size: tuple[int, int]) -> None:
    frame = noise(*size)
    painted = pleinair.load(name)(frame)
    assert painted.shape == frame.shape
    assert painted.std() > 5
    np.testing.assert_array_equal(pleinair.load(name, threads=1)(frame), painted)
