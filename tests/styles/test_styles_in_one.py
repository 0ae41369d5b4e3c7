"""A network of several styles: chosen, mixed, faint, and in the photo's own colours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

import pleinair
from bench.style_network import style_network
from pleinair import Style, StyleError
from pleinair.engine import Picture, Session

FRAME = np.random.default_rng(0).integers(0, 256, (40, 53, 3), np.uint8)


@pytest.fixture
def style(easel: Path) -> Style:
    return pleinair.load(easel, threads=1)


def runtime(easel: Path, *numbers: float) -> NDArray[np.uint8]:
    """What ONNX Runtime paints with these weights, then strength and colours."""
    cut = len(numbers) - 2
    parts = numbers[:cut], numbers[cut : cut + 1], numbers[cut + 1 :]
    names = ("style", "strength", "colours")
    feed: dict[str, Any] = {
        name: np.array(part, np.float32) for name, part in zip(names, parts, strict=True)
    }
    feed["image"] = FRAME[np.newaxis]
    return np.asarray(onnxruntime.InferenceSession(easel).run(None, feed)[0][0])


def assert_like(got: NDArray[np.uint8], want: NDArray[np.uint8]) -> None:
    assert np.abs(got.astype(int) - want).max() <= 1


def test_what_it_is_called(style: Style) -> None:
    assert style.names == ("dots", "lines", "waves", "squares")
    assert (style.name, style.title) == ("dots", "A Dots")
    style.select("waves")
    assert (style.name, style.title) == ("waves", "A Waves")
    style.select("dots:3,squares:1")
    assert (style.name, style.title) == ("dots+squares", "75% A Dots, 25% A Squares")


def test_select(style: Style, easel: Path) -> None:
    assert_like(style(FRAME), runtime(easel, 1, 0, 0, 0, 1, 0))
    seen = {style(FRAME).tobytes()}
    choices: list[tuple[Any, tuple[float, ...]]] = [
        ("lines", (0, 1, 0, 0)),
        ("lines+squares", (0, 0.5, 0, 0.5)),
        ({"waves": 0.9, "dots": 0.1}, (0.1, 0, 0.9, 0)),
        (np.array([2, -1, 0, 0]), (2, -1, 0, 0)),
    ]
    for choice, weights in choices:
        style.select(choice)
        np.testing.assert_allclose(style.weights, weights, atol=1e-6)
        assert_like(style(FRAME), runtime(easel, *weights, 1, 0))
        seen.add(style(FRAME).tobytes())
    assert len(seen) == 5


def test_load_selects(easel: Path) -> None:
    for name in "waves", "dots+waves":
        np.testing.assert_array_equal(pleinair.load(name)(FRAME), _selected(easel, name)(FRAME))
    np.testing.assert_array_equal(pleinair.load("easel")(FRAME), _selected(easel, "dots")(FRAME))


def _selected(path: Path, name: str) -> Style:
    style = Style(Session(path))
    style.select(name)
    return style


def test_strength_and_colours(style: Style, easel: Path) -> None:
    style.strength, style.colours = 0.6, 0.3
    assert (style.strength, style.colours) == (0.6, 0.3)
    assert_like(style(FRAME), runtime(easel, 1, 0, 0, 0, 0.6, 0.3))
    style.strength = 0
    np.testing.assert_array_equal(style(FRAME), FRAME)


def test_pictures(style: Style) -> None:
    style.select("lines")
    style.strength = 0.5
    assert style.takes_pictures
    bgr = Picture((np.ascontiguousarray(FRAME[..., ::-1]),), "bgr")
    out = bgr.like(bgr.width, bgr.height)
    style.paint(bgr, out)
    np.testing.assert_array_equal(out.planes[0][..., ::-1], style(FRAME))


def test_smoothing_and_reset(easel: Path) -> None:
    plain = pleinair.load("dots", threads=1)(FRAME)
    smooth = pleinair.load("dots", threads=1, smoothing=0.9)
    smooth(FRAME // 4)
    assert (smooth(FRAME) != plain).any()
    smooth.reset()
    np.testing.assert_array_equal(smooth(FRAME), plain)
    assert easel.exists()


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("nought", r"no style named 'nought' in this model \(it has: dots, lines, waves, squares"),
        ({"dots": 1, "nought": 1}, "no style named 'nought'"),
        ("dots+dots", "is no mixture"),
        ([1, 0], "4 styles need as many weights"),
        ([np.nan, 0, 0, 0], "finite"),
    ],
)
def test_wrong_choices(choice: Any, message: str, style: Style) -> None:
    before = style(FRAME)
    with pytest.raises(StyleError, match=message):
        style.select(choice)
    np.testing.assert_array_equal(style(FRAME), before)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
@pytest.mark.parametrize("name", ["strength", "colours"])
def test_numbers_out_of_range(name: str, value: float, style: Style) -> None:
    with pytest.raises(StyleError, match=f"{name} is of 0 to 1"):
        setattr(style, name, value)


def test_a_network_without_these_inputs(own_styles: Path) -> None:
    style = pleinair.load("negative")
    assert own_styles.exists()
    style.strength, style.colours = 1, 0
    style.select("negative")
    for name, value in {"strength": 0.5, "colours": 1}.items():
        with pytest.raises(StyleError, match=f"negative: this model has no input '{name}'"):
            setattr(style, name, value)


def test_files_that_contradict_themselves(tmp_path: Path) -> None:
    path = tmp_path / "odd.onnx"
    listed = '[{"name": "a"}, {"name": "b"}]'
    path.write_bytes(style_network(("a", "b", "c"), metadata={"pleinair.styles": listed}))
    with pytest.raises(StyleError, match="odd: its input 'style' isn't 2 numbers"):
        pleinair.load(path)
    path.write_bytes(style_network((), metadata={"pleinair.styles": listed}))
    with pytest.raises(StyleError, match="odd: it lists several styles and has no input 'style'"):
        pleinair.load(path)
