"""Luma and chroma as the decoder gives them, and as the encoder takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

import pleinair
from pleinair.engine import Picture
from pleinair.video import Frame, VideoReader, stylize_video
from pleinair.video.planes import blank, to_frame, to_planes

Image = NDArray[np.uint8]
MakeClip = Callable[..., Path]
Look = Callable[[Path], Any]


def decoded(pixels: str = "yuv420p", size: tuple[int, int] = (66, 50)) -> av.VideoFrame:
    """A frame whose every plane rises to the right and down."""
    frame = av.VideoFrame(*size, pixels)
    for index, plane in enumerate(frame.planes):
        memory: Any = plane
        rows = np.frombuffer(memory, np.uint8).reshape(-1, plane.line_size)
        y, x = np.mgrid[: rows.shape[0], : rows.shape[1]]
        rows[:] = 20 + 40 * index + y + x
    return frame


def ramp(index: int, height: int, width: int) -> Image:
    y, x = np.mgrid[:height, :width]
    return np.asarray(20 + 40 * index + y + x, np.uint8)


def test_planes_are_seen_in_place() -> None:
    frame = decoded()
    picture = to_planes(frame, (66, 50), 0)
    assert picture is not None
    assert (picture.format, picture.width, picture.height) == ("i420", 66, 50)
    for index, (plane, theirs) in enumerate(zip(picture.planes, frame.planes, strict=True)):
        assert plane.ctypes.data == theirs.buffer_ptr
        np.testing.assert_array_equal(plane, ramp(index, *plane.shape))


def test_planes_keep_the_frame_alive() -> None:
    frames = [decoded(size=(1280, 720)) for _ in range(4)]
    pictures = [to_planes(frame, (1280, 720), 0) for frame in frames]
    del frames
    for picture in pictures:
        assert picture is not None
        np.testing.assert_array_equal(picture.planes[0], ramp(0, 720, 1280))


def test_nv12() -> None:
    picture = to_planes(decoded("nv12"), (66, 50), 0)
    assert picture is not None
    assert picture.format == "nv12"
    assert picture.planes[1].shape == (25, 33, 2)
    np.testing.assert_array_equal(picture.planes[1].reshape(25, 66), ramp(1, 25, 66))


@pytest.mark.parametrize(
    ("code", "size", "matrix"),
    [
        (1, (64, 48), "709"),
        (5, (1280, 720), "601"),
        (6, (1280, 720), "601"),
        (2, (64, 48), "601"),
        (2, (1280, 720), "709"),
    ],
)
def test_matrix(code: int, size: tuple[int, int], matrix: str) -> None:
    frame = decoded(size=size)
    frame.colorspace = code
    picture = to_planes(frame, size, 0)
    assert picture is not None
    assert picture.matrix == matrix


@pytest.mark.parametrize(
    ("pixels", "code", "full"),
    [
        ("yuv420p", 0, False),
        ("yuv420p", 1, False),
        ("yuv420p", 2, True),
        ("yuvj420p", 0, True),
    ],
)
def test_range(pixels: str, code: int, full: bool) -> None:
    frame = decoded(pixels)
    frame.color_range = code
    picture = to_planes(frame, (66, 50), 0)
    assert picture is not None
    assert picture.full_range == full


@pytest.mark.parametrize("pixels", ["yuv444p", "yuv420p10le", "rgb24", "gray"])
def test_other_formats_are_left_to_rgb(pixels: str) -> None:
    assert to_planes(decoded(pixels), (66, 50), 0) is None


def test_other_matrices_are_left_to_rgb() -> None:
    frame = decoded()
    frame.colorspace = 9  # BT.2020
    assert to_planes(frame, (66, 50), 0) is None


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("pixels", ["yuv420p", "nv12"])
def test_turns(turns: int, pixels: str) -> None:
    size = (66, 50) if turns == 2 else (50, 66)
    flat = to_planes(decoded(pixels), (66, 50), 0)
    picture = to_planes(decoded(pixels), size, turns)
    assert flat is not None
    assert picture is not None
    assert (picture.width, picture.height) == size
    for plane, before in zip(picture.planes, flat.planes, strict=True):
        np.testing.assert_array_equal(plane, np.rot90(before, turns))


def test_odd_sizes_are_not_turned() -> None:
    assert to_planes(decoded(size=(65, 50)), (50, 65), 1) is None
    assert to_planes(decoded(size=(65, 50)), (65, 50), 0) is not None


def test_scaling_keeps_luma_and_chroma_apart() -> None:
    picture = to_planes(decoded(), (132, 100), 0)
    assert picture is not None
    assert [plane.shape for plane in picture.planes] == [(100, 132), (50, 66), (50, 66)]
    assert abs(float(picture.planes[0].mean()) - ramp(0, 50, 66).mean()) < 1
    assert abs(float(picture.planes[2].mean()) - ramp(2, 25, 33).mean()) < 1


@pytest.mark.parametrize("size", [(66, 50), (65, 50), (66, 49), (17, 23)])
def test_what_is_encoded(size: tuple[int, int]) -> None:
    picture = blank(size)
    for index, plane in enumerate(picture.planes):
        plane[:] = ramp(index, *plane.shape)
    frame = to_frame(picture)
    assert (frame.width, frame.height) == (size[0] + size[0] % 2, size[1] + size[1] % 2)
    assert (frame.format.name, frame.colorspace, frame.color_range) == ("yuv420p", 1, 1)
    back = to_planes(frame, (frame.width, frame.height), 0)
    assert back is not None
    luma = np.pad(picture.planes[0], ((0, size[1] % 2), (0, size[0] % 2)), mode="edge")
    np.testing.assert_array_equal(back.planes[0], luma)
    np.testing.assert_array_equal(back.planes[1], picture.planes[1])
    np.testing.assert_array_equal(back.planes[2], picture.planes[2])


def test_only_what_blank_makes_is_encoded() -> None:
    planes = blank((32, 32)).planes
    for wrong in [
        Picture(planes, "i420", "601"),
        Picture(planes, "i420", "709", full_range=True),
        Picture((np.zeros((32, 32, 3), np.uint8),)),
    ]:
        with pytest.raises(ValueError, match="can be encoded"):
            to_frame(wrong)


class Darker:
    """Halves luma, and never sees RGB."""

    takes_pictures = True

    def __call__(self, image: Image) -> Image:
        raise AssertionError(f"got RGB of shape {image.shape}")

    def paint(self, image: Picture, out: Picture) -> None:
        assert image.format == out.format == "i420"
        for source, target in zip(image.planes, out.planes, strict=True):
            target[:] = source
        out.planes[0][:] //= 2


def test_painters_of_pictures_get_pictures(make_clip: MakeClip, tmp_path: Path, look: Look) -> None:
    source, target = make_clip(), tmp_path / "out.mp4"
    stylize_video(source, target, Darker())
    with VideoReader(source, planes=True) as before, VideoReader(target, planes=True) as after:
        pairs = zip(before, after, strict=True)
        for one, other in pairs:
            assert isinstance(one, Frame)
            assert isinstance(other, Frame)
            assert isinstance(one.image, Picture)
            assert isinstance(other.image, Picture)
            assert other.image.matrix == "709"
            assert other.pts == one.pts
            difference = other.image.planes[0].astype(int) - one.image.planes[0] // 2
            assert np.abs(difference).mean() < 2
    assert len(look(target).frames) == 30


class CalledInstead(Darker):
    takes_pictures = False

    def __call__(self, image: Image) -> Image:
        return image

    def paint(self, image: Picture, out: Picture) -> None:
        raise AssertionError(f"got {image.format} to paint {out.format}")


def test_painters_that_do_not_take_pictures_get_rgb(make_clip: MakeClip, tmp_path: Path) -> None:
    stylize_video(make_clip(), tmp_path / "out.mp4", CalledInstead())


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"quarter_turns": 1},
        {"size": (97, 65), "pixels": "yuv444p"},
    ],
)
def test_both_paths_paint_the_same(
    how: dict[str, Any], make_clip: MakeClip, tmp_path: Path, look: Look
) -> None:
    source, style = make_clip(times=range(0, 5000, 1000), **how), pleinair.load("starry-night")
    assert style.takes_pictures
    stylize_video(source, tmp_path / "planes.mp4", style)
    stylize_video(source, tmp_path / "rgb.mp4", lambda image: style(image))
    planes, rgb = look(tmp_path / "planes.mp4"), look(tmp_path / "rgb.mp4")
    assert len(planes.frames) == len(rgb.frames) == 5
    for one, other in zip(planes.frames, rgb.frames, strict=True):
        assert one.shape == other.shape
        assert one.std() > 15
        assert np.abs(one.astype(float) - other).mean() < 6
