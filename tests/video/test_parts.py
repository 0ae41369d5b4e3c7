"""Parts, painted anywhere and joined, are the clip as it would be painted in one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pleinair.styles.recipe import recipe
from pleinair.video import MediaError, scene, stylize_images, stylize_video
from pleinair.video.parts import Parts, add_up, join, paint_part, split
from tests.video.clips import keyed

Image = NDArray[np.uint8]
MakeClip = Callable[..., Path]
Look = Callable[[Path], Any]


class Inverting:
    """Inverts, and keeps what it has painted."""

    def __init__(self) -> None:
        self.painted: list[bytes] = []

    def __call__(self, image: Image) -> Image:
        inverted = np.subtract(255, image, dtype=np.uint8)
        self.painted.append(inverted.tobytes())
        return inverted


def in_parts(source: Path, target: Path, paint: Inverting, **options: Any) -> Parts:
    """Paint a clip by parts, the last one first, and join them."""
    parts = split(source, paint, **options)
    files = [target.with_name(f"{number}.npz") for number in range(len(parts.spans))]
    painted: list[list[bytes]] = []
    for span, file in reversed(list(zip(parts.spans, files, strict=True))):
        paint.painted = []
        paint_part(source, parts.clip, span, file, paint, kind=target.suffix)
        painted.insert(0, paint.painted)
    assert [len(part) for part in painted] == list(parts.frames)
    paint.painted = [frame for part in painted for frame in part]
    assert add_up(parts, files)
    join(source, parts, files, target)
    return parts


def check_decoding_times(path: Path) -> None:
    """Every packet comes later than the one before, and no later than it is shown."""
    with av.open(str(path)) as container:
        packets = [each for each in container.demux(container.streams.video[0]) if each.size]
    if path.suffix == ".mkv":
        return  # has no such times
    decoded, shown = ([getattr(each, key) for each in packets] for key in ("dts", "pts"))
    assert decoded == sorted(set(decoded))
    assert all(a <= b for a, b in zip(decoded, shown, strict=True))
    assert packets[0].is_keyframe


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts", "clip.mov"])
def test_parts_have_the_frames_of_the_whole(name: str, tmp_path: Path, look: Look) -> None:
    source = keyed(tmp_path / name)
    whole, parted = Inverting(), Inverting()
    stylize_video(source, tmp_path / "whole.mp4", whole)
    parts = in_parts(source, tmp_path / "joined.mp4", parted, seconds=0.9)
    assert len(parts.spans) == 3
    assert parted.painted == whole.painted
    check_decoding_times(tmp_path / "joined.mp4")
    before, after = look(tmp_path / "whole.mp4"), look(tmp_path / "joined.mp4")
    assert after.times == before.times
    assert after.duration == before.duration
    assert len(after.frames) == 50
    # The encoder begins anew with each part, so what it loses differs, but is no more.
    lost = [
        [
            np.abs(np.frombuffer(painted, np.uint8) - frame.astype(float).ravel()).mean()
            for painted, frame in zip(whole.painted, found.frames, strict=True)
        ]
        for found in (before, after)
    ]
    assert max(lost[1]) < 1.1 * max(lost[0])


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_odd_times_and_sound_are_kept(
    suffix: str, make_clip: MakeClip, tmp_path: Path, look: Look
) -> None:
    step = np.random.default_rng(5).integers(200, 9000, 320)
    source = make_clip(times=np.cumsum(step).tolist(), audio="aac", seconds=20.0)
    whole, parted = Inverting(), Inverting()
    one, joined = tmp_path / f"whole{suffix}", tmp_path / f"joined{suffix}"
    stylize_video(source, one, whole)
    parts = in_parts(source, joined, parted, seconds=10.0)
    assert len(parts.spans) > 1
    assert parted.painted == whole.painted
    before, after = look(one), look(joined)
    assert after.times == before.times
    assert after.duration == before.duration
    assert after.audio == before.audio
    assert after.audio_packets == before.audio_packets
    check_decoding_times(joined)


@pytest.mark.parametrize("kind", [".mp4", ".webm"])
def test_a_part_is_the_same_file_each_time(kind: str, tmp_path: Path) -> None:
    source = keyed(tmp_path / "clip.mp4", size=(320, 240))
    paint = Inverting()
    parts = split(source, paint, seconds=0.9)
    made = set()
    for number in range(6):
        part = tmp_path / str(number)
        paint_part(source, parts.clip, parts.spans[1], part, paint, kind=kind)
        with np.load(part) as arrays:
            made.add(b"".join(arrays[name].tobytes() for name in arrays))
    assert len(made) == 1


def test_a_gradual_refresh_is_no_place_to_cut(tmp_path: Path) -> None:
    source = keyed(tmp_path / "clip.ts", params={"intra-refresh": 1})
    parts = split(source, Inverting(), seconds=0.5)
    assert parts.spans == parts.one.spans


def test_smoothing_is_cut_where_it_begins_anew(easel: Path, tmp_path: Path) -> None:
    images = list(scene.frames(45, 128, 96))
    for start in (13, 30):
        images[start:] = [255 - image for image in images[start:]]
    source = tmp_path / "clip.mp4"
    stylize_images(images, source, lambda image: image, count=45, size=(128, 96), rate=25)
    style = recipe("dots", model=str(easel), smoothing=0.9, threads=1).style()
    seen: list[bytes] = []
    paint = style.paint

    def noted(image: Any, out: Any) -> None:
        paint(image, out)
        seen.append(b"".join(plane.tobytes() for plane in out.planes))

    style.paint = noted  # type: ignore[method-assign]
    stylize_video(source, tmp_path / "whole.mp4", style, on_cut=style.reset)
    whole, seen[:] = list(seen), []
    parts = split(source, style, at_cuts=True, seconds=0.4)
    assert parts.frames == (13, 17, 15)
    for number, span in enumerate(parts.spans):
        style.reset()
        part = tmp_path / str(number)
        paint_part(source, parts.clip, span, part, style, kind=".mp4", on_cut=style.reset)
    assert seen == whole


def test_what_lacks_frames_is_found(tmp_path: Path) -> None:
    source = keyed(tmp_path / "clip.mp4")
    files: list[Path] = []
    paint = Inverting()
    parts = split(source, paint, seconds=0.9)
    for number in (0, 1, 1):
        files.append(tmp_path / f"{len(files)}.npz")
        paint_part(source, parts.clip, parts.spans[number], files[-1], paint, kind=".mp4")
    assert not add_up(parts, files)


def test_other_files_are_no_parts(tmp_path: Path) -> None:
    source = keyed(tmp_path / "clip.mp4")
    parts = split(source, Inverting()).one
    (tmp_path / "junk").write_bytes(b"junk")
    with pytest.raises(MediaError, match="junk: not a painted part, or a damaged one"):
        join(source, parts, [tmp_path / "junk"], tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
