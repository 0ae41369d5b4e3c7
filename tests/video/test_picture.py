"""Pictures: upright, opaque, and written whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pleinair.video import MediaError, read_picture, stylize_picture, write_picture


def gradient(height: int = 40, width: int = 61) -> NDArray[np.uint8]:
    y, x = np.mgrid[:height, :width]
    return np.stack([4 * x % 256, 6 * y % 256, 128 + 0 * x], axis=2).astype(np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".tiff"])
def test_round_trip(suffix: str, tmp_path: Path) -> None:
    image, path = gradient(), tmp_path / f"a{suffix}"
    write_picture(path, image)
    back = read_picture(path)
    assert back.shape == image.shape
    lossless = suffix not in (".jpg", ".webp")
    limit = 0 if lossless else 4
    assert np.abs(back.astype(float) - image).mean() <= limit
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [(1, lambda a: a), (3, lambda a: a[::-1, ::-1]), (6, lambda a: np.rot90(a, -1))],
)
def test_exif_orientation(orientation: int, upright: object, tmp_path: Path) -> None:
    assert callable(upright)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(gradient()).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), upright(gradient()))


def test_transparent_becomes_white(tmp_path: Path) -> None:
    image = np.zeros((4, 4, 4), np.uint8)
    image[:2, :, 3] = 255
    Image.fromarray(image).save(tmp_path / "a.png")
    seen = read_picture(tmp_path / "a.png")
    assert (seen[:2] == 0).all()
    assert (seen[2:] == 255).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "a.tiff"
    Image.new(mode, (20, 18)).save(path)
    assert read_picture(path).shape == (18, 20, 3)


def test_stylize_picture_scales_and_paints(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", gradient())
    stylize_picture(
        tmp_path / "a.png", tmp_path / "b.png", lambda a: np.subtract(255, a), size=(30, 20)
    )
    painted = read_picture(tmp_path / "b.png")
    assert painted.shape == (20, 30, 3)
    assert (painted[..., 2] == 127).all()


def test_truncated_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    write_picture(path, gradient(400, 400))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(MediaError, match=r"a\.jpg: truncated or damaged picture"):
        read_picture(path)


def test_not_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("words")
    with pytest.raises(MediaError, match=r"a\.png: not a picture"):
        read_picture(path)


def test_unknown_suffix(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"a\.xyz: unknown kind of picture \(known: \.png"):
        write_picture(tmp_path / "a.xyz", gradient())


def test_target_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(MediaError, match=r"a\.png: is a folder"):
        write_picture(tmp_path / "a.png", gradient())
