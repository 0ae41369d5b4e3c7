"""What a file holds is found, and what is wrong with it is said in one line."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pleinair.video import Frame, MediaError, VideoReader, probe

Data = Callable[[str], Path]
MakeClip = Callable[..., Path]


def test_probe_of_a_real_clip(data: Data) -> None:
    clip = probe(data("video/mdn_rabbit.mp4"))
    assert (clip.width, clip.height, clip.frames, clip.rate) == (720, 480, 234, Fraction(30))
    assert clip.duration == pytest.approx(7.8)


def test_probe_of_a_portrait_clip(make_clip: MakeClip) -> None:
    clip = probe(make_clip(quarter_turns=3))
    assert (clip.width, clip.height, clip.rotation) == (64, 96, 3)


def test_reader_gives_frames_and_audio(make_clip: MakeClip) -> None:
    with VideoReader(make_clip(audio="aac")) as reader:
        items = list(reader)
    frames = [item for item in items if isinstance(item, Frame)]
    assert len(frames) == 30
    assert len(items) - len(frames) == pytest.approx(48, abs=2)  # packets of 1024 samples
    images = [frame.image for frame in frames]
    assert all(isinstance(image, np.ndarray) and image.shape == (64, 96, 3) for image in images)
    assert [frame.pts for frame in frames] == sorted({frame.pts for frame in frames})


def refuse(path: Path, reason: str) -> None:
    with pytest.raises(MediaError, match=f"{path.name}: {reason}") as caught:
        probe(path)
    assert "\n" not in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    refuse(tmp_path / "none.mp4", r"can't read it \(No such file")


def test_folder(tmp_path: Path) -> None:
    refuse(tmp_path, r"can't read it \(Is a directory")


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    refuse(path, "is empty")


@pytest.mark.parametrize("name", ["noise.mp4", "text.txt"])
def test_not_a_video(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    noise = np.random.default_rng(1).bytes(50_000)
    path.write_bytes(b"some words\n" * 100 if name == "text.txt" else noise)
    refuse(path, "not a video")


def test_sound_only(make_clip: MakeClip) -> None:
    refuse(make_clip("sound.mp4", video="", audio="aac"), r"no video \(it has sound only\)")


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("name", ["mdn_rabbit.mp4", "car-detection.mp4", "bigbuckbunny_720p.mp4"])
def test_truncated_clip(name: str, kept: float, data: Data, tmp_path: Path) -> None:
    whole = data(f"video/{name}").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: int(len(whole) * kept)])
    refuse(path, "(truncated|not a video, or a truncated one)")


def test_truncated_matroska(make_clip: MakeClip) -> None:
    path = make_clip("cut.mkv", audio="aac")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refuse(path, "truncated video, 0.5 of 1.0 seconds are there")
