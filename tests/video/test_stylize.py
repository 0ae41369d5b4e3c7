"""A clip in, a painted clip out, whatever is peculiar about the clip."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pleinair.video import MediaError, Progress, stylize_images, stylize_video

Image = NDArray[np.uint8]
Data = Callable[[str], Path]
Look = Callable[[Path], Any]
MakeClip = Callable[..., Path]


def same(image: Image) -> Image:
    return image


def invert(image: Image) -> Image:
    return np.subtract(255, image, dtype=np.uint8)


def distance(a: Image, b: Image) -> float:
    return float(np.abs(a.astype(float) - b).mean())


@pytest.mark.parametrize("name", ["mdn_rabbit.mp4", "bigbuckbunny_720p.mp4"])
def test_real_clip_keeps_frames_times_and_audio(
    name: str, data: Data, tmp_path: Path, look: Look
) -> None:
    source, target = data(f"video/{name}"), tmp_path / "out.mp4"
    stylize_video(source, target, invert)
    before, after = look(source), look(target)
    assert len(after.frames) == len(before.frames)
    assert after.times == pytest.approx(before.times, abs=1e-4)
    assert after.duration == pytest.approx(before.duration, abs=1e-3)
    assert after.total == pytest.approx(before.total, abs=0.01)
    assert after.audio_packets == before.audio_packets
    for a, b in zip(before.frames[::30], after.frames[::30], strict=True):
        assert distance(invert(a), b) < 5


def test_variable_frame_rate_is_kept(make_clip: MakeClip, tmp_path: Path, look: Look) -> None:
    times = [0, 1000, 1500, 4000, 4100, 9000, 9333, 20000, 29999]
    source = make_clip(times=times)
    stylize_video(source, tmp_path / "out.mp4", same)
    after = look(tmp_path / "out.mp4")
    assert after.times == pytest.approx([t / 30000 for t in times], abs=1e-5)
    assert after.duration == pytest.approx(look(source).duration, abs=1e-4)


@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_rotated_clip_comes_out_upright(
    quarter_turns: int, make_clip: MakeClip, tmp_path: Path, look: Look
) -> None:
    source = make_clip(quarter_turns=quarter_turns)
    raw = look(source)
    assert {angle % 360 for angle in raw.rotations} == {90 * quarter_turns}
    stylize_video(source, tmp_path / "out.mp4", same)
    after = look(tmp_path / "out.mp4")
    assert after.rotations == {0}
    assert distance(after.frames[7], np.rot90(raw.frames[7], quarter_turns)) < 3


def test_what_paint_gets_is_upright_rgb(make_clip: MakeClip, tmp_path: Path) -> None:
    seen: list[Image] = []

    def watch(image: Image) -> Image:
        seen.append(image)
        return image

    source = make_clip(quarter_turns=1)
    stylize_video(source, tmp_path / "out.mp4", watch)
    assert seen[0].shape == (96, 64, 3)
    assert seen[0].dtype == np.uint8
    # The green quarter was at the top right; a turn to the left brings it to the top left.
    assert distance(seen[0][10:30, 10:20], np.full((20, 10, 3), (40, 180, 40), np.uint8)) < 6


@pytest.mark.parametrize(("size", "written"), [((97, 65), (98, 66)), ((96, 65), (96, 66))])
def test_odd_sizes_gain_a_pixel_at_the_edge(
    size: tuple[int, int],
    written: tuple[int, int],
    make_clip: MakeClip,
    tmp_path: Path,
    look: Look,
) -> None:
    source = make_clip(size=size, pixels="yuv444p")
    stylize_video(source, tmp_path / "out.mp4", same)
    raw, after = look(source), look(tmp_path / "out.mp4")
    assert after.pixels == "yuv420p"
    assert after.frames[0].shape[1::-1] == written
    assert distance(after.frames[0][: size[1], : size[0]], raw.frames[0]) < 4


def test_size_scales_the_upright_picture(make_clip: MakeClip, tmp_path: Path, look: Look) -> None:
    source = make_clip(quarter_turns=3)
    stylize_video(source, tmp_path / "out.mp4", same, size=(80, 120))
    assert look(tmp_path / "out.mp4").frames[0].shape == (120, 80, 3)


@pytest.mark.parametrize(
    ("source", "target", "codec", "copied"),
    [
        ("a.mp4", "b.mkv", "aac", True),
        ("a.mkv", "b.mov", "aac", True),
        ("a.mp4", "b.webm", "opus", False),
        ("a.mpg", "b.mkv", "mp2", True),
    ],
)
def test_audio_is_copied_where_the_format_takes_it(
    source: str,
    target: str,
    codec: str,
    copied: bool,
    make_clip: MakeClip,
    tmp_path: Path,
    look: Look,
) -> None:
    old = source.endswith(".mpg")
    clip = make_clip(
        source,
        audio="mp2" if old else "aac",
        video="mpeg2video" if old else "libx264",
        time_base=Fraction(1, 30),
        times=range(30),
    )
    stylize_video(clip, tmp_path / target, same)
    before, after = look(clip), look(tmp_path / target)
    assert after.audio == [codec]
    assert (after.audio_packets == before.audio_packets) == copied
    assert len(after.frames) == len(before.frames) == 30
    assert after.total == pytest.approx(before.total, abs=0.05)


def test_progress_counts_to_the_end(make_clip: MakeClip, tmp_path: Path) -> None:
    reports: list[Progress] = []
    stylize_video(make_clip(), tmp_path / "out.mp4", same, progress=reports.append)
    assert [report.done for report in reports] == list(range(1, 31))
    assert {report.total for report in reports} == {30}
    assert reports[-1].fps > 0
    assert reports[-1].seconds_left == 0


def test_reading_runs_ahead_of_painting_but_not_far(tmp_path: Path) -> None:
    read = painted = 0
    ahead: list[int] = []

    def images() -> Iterator[Image]:
        nonlocal read
        for _ in range(60):
            read += 1
            yield np.zeros((64, 64, 3), np.uint8)

    def slowly(image: Image) -> Image:
        nonlocal painted
        time.sleep(0.01)
        painted += 1
        ahead.append(read - painted)
        return image

    stylize_images(images(), tmp_path / "out.mp4", slowly, count=60, size=(64, 64), rate=25)
    # Twelve wait, one is about to join them.
    assert 10 <= max(ahead) <= 13


def test_clip_may_replace_itself(make_clip: MakeClip, look: Look) -> None:
    path = make_clip()
    before = look(path)
    stylize_video(path, path, invert)
    assert distance(look(path).frames[0], invert(before.frames[0])) < 4


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_interruption_leaves_nothing_behind(
    error: type[BaseException], make_clip: MakeClip, tmp_path: Path
) -> None:
    source, calls, threads = make_clip(), 0, threading.active_count()
    target = tmp_path / "out.mp4"
    target.write_bytes(b"what was there before")

    def fail_at_last(image: Image) -> Image:
        nonlocal calls
        calls += 1
        if calls == 20:
            raise error
        return image

    with pytest.raises(error):
        stylize_video(source, target, fail_at_last)
    assert target.read_bytes() == b"what was there before"
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "out.mp4"}
    assert threading.active_count() == threads


def test_error_in_the_encoding_thread_reaches_the_caller(
    make_clip: MakeClip, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="frame of 94×62 pixels, not 96×64"):
        stylize_video(make_clip(), tmp_path / "out.mp4", lambda image: image[:-2, :-2])
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_unknown_suffix_is_refused_before_any_work(make_clip: MakeClip, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"out\.xyz: unknown kind of video \(known: \.mp4"):
        stylize_video(make_clip(), tmp_path / "out.xyz", same)


def test_missing_folder_is_refused(make_clip: MakeClip, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"out\.mp4: can't write there \(No such file"):
        stylize_video(make_clip(), tmp_path / "nowhere" / "out.mp4", same)


class Early:
    """Inverts, and notes how many frames are under way."""

    def __init__(self, in_flight: int) -> None:
        self.in_flight = in_flight
        self.under_way: list[int] = []
        self.begun = self.done = 0

    def __call__(self, image: Image) -> Image:
        return self.begin(image)()

    def begin(self, image: Image) -> Callable[[], Image]:
        self.begun += 1
        self.under_way.append(self.begun - self.done)

        def finish() -> Image:
            self.done += 1
            return invert(image)

        return finish


def test_frames_begin_before_others_are_done(tmp_path: Path) -> None:
    images = [np.full((48, 64, 3), 10 * i, np.uint8) for i in range(12)]
    seen: list[int] = []
    paint = Early(3)
    stylize_images(
        images, tmp_path / "out.mp4", paint, count=12, size=(64, 48), rate=10,
        progress=lambda progress: seen.append(progress.done),
    )  # fmt: skip
    assert paint.under_way == [1, 2, *[3] * 10]
    assert paint.done == 12
    assert seen == list(range(1, 13))
    stylize_images(images, tmp_path / "one.mp4", invert, count=12, size=(64, 48), rate=10)
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "one.mp4").read_bytes()
