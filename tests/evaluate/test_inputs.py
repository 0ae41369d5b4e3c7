"""Photos and clips as the board takes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleinair.evaluate.inputs import read_clip, read_photos, read_scenes
from pleinair.evaluate.settings import Settings
from pleinair.video import MediaError, scene, stylize_images


def test_photos_are_taken_evenly(photo_folder: Path) -> None:
    taken = read_photos([photo_folder], Settings(photos=3))
    assert [photo.name for photo in taken] == ["photo0", "photo2", "photo4"]
    assert len(read_photos([photo_folder], Settings(photos=99))) == 6


def test_photos_are_made_smaller_never_larger(photo_folder: Path) -> None:
    small = read_photos([photo_folder / "photo1.png"], Settings(photo_size=128))
    assert small[0].pixels.shape == (96, 128, 3)
    large = read_photos([photo_folder / "photo1.png"], Settings(photo_size=999))
    assert large[0].pixels.shape == (120, 160, 3)


def test_keys_tell_pictures_apart(photo_folder: Path) -> None:
    taken = read_photos([photo_folder], Settings())
    assert len({photo.key for photo in taken}) == len(taken)
    assert taken[0].key == read_photos([photo_folder], Settings())[0].key


@pytest.fixture(scope="module")
def panning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn scene, filmed."""
    path = tmp_path_factory.mktemp("clip") / "lake.mp4"
    stylize_images(
        scene.frames(12, 192, 112),
        path,
        lambda frame: frame,
        count=12,
        size=(192, 112),
        rate=scene.RATE,
    )
    return path


def test_middle_of_a_video(panning: Path) -> None:
    clip = read_clip(panning, Settings(frames=4, clip_size=128))
    assert clip.name == "lake"
    assert [frame.shape for frame in clip.frames] == [(75, 128, 3)] * 4
    assert [flow.shape for flow in clip.flows] == [(75, 128, 2)] * 3
    assert all(0 < seen.mean() <= 1 for seen in clip.visible)


def test_folder_of_frames(tmp_path: Path) -> None:
    for number, frame in enumerate(scene.frames(5, 192, 112)):
        Image.fromarray(frame).save(tmp_path / f"{number:03}.png")
    clip = read_clip(tmp_path, Settings(frames=3))
    middle = np.asarray(Image.open(tmp_path / "001.png"))
    np.testing.assert_array_equal(clip.frames[0], middle)


def test_a_single_frame_is_no_clip(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "0.png")
    with pytest.raises(MediaError, match="at least 2 frames"):
        read_clip(tmp_path, Settings())


def test_folder_without_true_motion_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"flow: no gt/\*\.flo below"):
        read_scenes(tmp_path)
