"""Whatever a clip is like and whatever becomes of the disk: a painted file, or one clear error and
nothing half-written.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pleinair.video import MediaError, stylize_video, write_picture

Image = NDArray[np.uint8]
Look = Callable[[Path], Any]
MakeClip = Callable[..., Path]

BEYOND = 1 << 33  # a time that 32 bits do not hold


def invert(image: Image) -> Image:
    return np.subtract(255, image, dtype=np.uint8)


def paint(source: Path, look: Look, name: str = "out.mp4") -> Any:
    """What was painted, all of it decoded; None where one clear error says why not."""
    target, said = source.with_name(name), ""
    try:
        stylize_video(source, target, invert)
    except MediaError as error:
        said = str(error)
    there = {path.name for path in source.parent.iterdir()}
    if not said:
        assert there == {source.name, name}
        return look(target)
    assert said.startswith((f"{source}: ", f"{target}: can't write it"))
    assert "\n" not in said
    assert there == {source.name}
    return None


@pytest.mark.parametrize("pixels", ["yuv420p10le", "yuv422p10le", "yuv444p", "gray"])
def test_other_pixels_are_painted(pixels: str, make_clip: MakeClip, look: Look) -> None:
    source = make_clip(pixels=pixels)
    before, after = look(source), paint(source, look)
    assert len(after.frames) == len(before.frames) == 30
    assert np.abs(after.frames[7].astype(int) - invert(before.frames[7])).mean() < 5


@pytest.mark.parametrize("size", [(16, 16), (98, 2), (2, 98)])
def test_small_and_narrow(size: tuple[int, int], make_clip: MakeClip, look: Look) -> None:
    after = paint(make_clip(size=size), look)
    assert after is not None
    assert after.frames[0].shape == (size[1], size[0], 3)


@pytest.mark.parametrize("name", ["late.mp4", "late.mkv"])
def test_times_beyond_32_bits(name: str, make_clip: MakeClip, look: Look) -> None:
    """A clip may begin at any time; painted, it begins at none."""
    source = make_clip(name, times=range(BEYOND, BEYOND + 20_000, 1000))
    after = paint(source, look)
    assert len(after.frames) == 20
    assert after.times[1] - after.times[0] == pytest.approx(1 / 30, abs=2e-3)


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv"])
def test_a_pause_of_days(name: str, make_clip: MakeClip, look: Look) -> None:
    source = make_clip("clip.mkv", times=[0, 1000, 2000, BEYOND, BEYOND + 1000])
    before, after = look(source), paint(source, look, name)
    if name == "out.mp4":
        assert after is None  # the format has 32 bits for it
        return
    assert after.times == pytest.approx(before.times, abs=1e-3)
    assert after.times[3] > 200_000  # seconds


def test_no_frames(make_clip: MakeClip, look: Look) -> None:
    assert paint(make_clip(times=[], audio="aac"), look) is None


def test_sound_only(make_clip: MakeClip, look: Look) -> None:
    assert paint(make_clip("sound.mp4", video="", audio="aac"), look) is None


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.webm"])
def test_damaged_copies(name: str, make_clip: MakeClip, look: Look, tmp_path: Path) -> None:
    """Bytes flipped, overwritten, lost or doubled, here and there: each copy has one end or the
    other.
    """
    codec, audio = ("libvpx-vp9", "libopus") if name == "clip.webm" else ("libx264", "aac")
    whole = make_clip(name, video=codec, audio=audio, times=range(0, 8000, 1000)).read_bytes()
    painted = 0
    for seed in range(12):
        random = np.random.default_rng(seed)
        copy = bytearray(whole)
        for at in random.integers(0, len(whole), 1 << random.integers(0, 5)):
            match random.integers(4):
                case 0:
                    copy[at] ^= 1 << random.integers(8)
                case 1:
                    copy[at : at + 16] = random.bytes(16)
                case 2:
                    del copy[at : at + 64]
                case 3:
                    copy[at:at] = copy[at : at + 64]
        folder = tmp_path / str(seed)
        folder.mkdir()
        source = folder / name
        source.write_bytes(copy)
        painted += paint(source, look) is not None
    assert painted < 12


# ---- a full disk ------------------------------------------------------------------------------


def stylize_with(limit: int, source: Path, target: Path) -> tuple[int, str]:
    """Status and messages of the command where no file may become larger than `limit` bytes."""
    paths = [str(source), str(target)]
    command = [sys.executable, "-m", "pleinair", "stylize", *paths, "-s", "negative"]
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    return ran.returncode, ran.stderr


@pytest.mark.parametrize("kind", ["clip.mp4", "photo.png"])
def test_a_full_disk_leaves_what_was_there(
    kind: str, make_clip: MakeClip, own_styles: Path, tmp_path: Path
) -> None:
    source, target = tmp_path / kind, tmp_path / f"out{Path(kind).suffix}"
    if kind == "photo.png":
        noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
        write_picture(source, noise)
    else:
        make_clip(kind, audio="aac")
    assert own_styles.is_dir()
    assert stylize_with(1 << 30, source, target)[0] == 0
    size = target.stat().st_size
    there = {path.name for path in tmp_path.iterdir()}
    for limit in (size // 3, size - 1):
        target.write_bytes(b"what was there before")
        status, said = stylize_with(limit, source, target)
        assert status == 1, limit
        *progress, last = said.splitlines()
        assert last.startswith(f"pleinair: {target}: can't write"), said
        assert not any("pleinair:" in line or "Traceback" in line for line in progress), said
        assert target.read_bytes() == b"what was there before"
        assert {path.name for path in tmp_path.iterdir()} == there
