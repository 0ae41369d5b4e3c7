"""Small clips made on the spot, each with one peculiarity."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from numpy.typing import NDArray

MakeClip = Callable[..., Path]


def quarters(height: int, width: int, step: int = 0) -> NDArray[np.uint8]:
    """Red, green over blue, grey: which way up it is shows; a white dot moves with `step`."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = (200, 40, 40)
    image[: height // 2, width // 2 :] = (40, 180, 40)
    image[height // 2 :, : width // 2] = (40, 40, 200)
    image[height // 2 :, width // 2 :] = (120, 120, 120)
    x = width // 4 + 2 * step % (width // 2)
    image[height // 2 - 4 : height // 2 + 4, x - 4 : x + 4] = 255
    return image


@pytest.fixture
def make_clip(tmp_path: Path) -> MakeClip:
    """Give a function that writes a clip and returns its path."""

    def make(
        name: str = "clip.mp4",
        *,
        size: tuple[int, int] = (96, 64),
        times: Iterable[int] = range(0, 30000, 1000),
        time_base: Fraction = Fraction(1, 30000),
        video: str = "libx264",
        pixels: str = "yuv420p",
        audio: str | None = None,
        seconds: float = 1.0,
        quarter_turns: int = 0,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            if video:
                picture = cast(VideoStream, container.add_stream(video, Fraction(30)))
                codec = picture.codec_context
                codec.width, codec.height = size
                codec.pix_fmt, codec.time_base = pixels, time_base
            if audio:
                sound = cast(AudioStream, container.add_stream(audio, 48000))
                sound.codec_context.layout = "mono"
                tone = _tone(seconds)
                container.mux(sound.encode(tone) + sound.encode(None))
            if video:
                for step, pts in enumerate(times):
                    frame = av.VideoFrame.from_ndarray(quarters(size[1], size[0], step))
                    frame.pts, frame.time_base = pts, time_base
                    container.mux(picture.encode(frame))
                container.mux(picture.encode(None))
        if quarter_turns:
            _turn(path, quarter_turns)
        return path

    return make


def _tone(seconds: float) -> av.AudioFrame:
    wave = np.sin(np.arange(round(48000 * seconds)) * (440 * 2 * np.pi / 48000))
    samples = (wave * 0.3 * 32767).astype(np.int16)[np.newaxis]
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    return frame


def _turn(path: Path, quarter_turns: int) -> None:
    """Write a display matrix into the track header of an MP4 (ISO 14496-12, 8.3.2)."""
    cos, sin = [(1, 0), (0, 1), (-1, 0), (0, -1)][quarter_turns]
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 4 + 40
    matrix = (cos, -sin, 0, sin, cos, 0, 0, 0)  # FFmpeg's sense: counter-clockwise turns
    for index, value in enumerate(matrix):
        content[start + 4 * index : start + 4 * index + 4] = (value << 16).to_bytes(
            4, "big", signed=True
        )
    path.write_bytes(content)


class Seen:
    """What a written file holds: everything decoded."""

    def __init__(self, path: Path) -> None:
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            self.format = container.format.name
            self.codec = video.codec_context.name
            self.pixels = video.codec_context.pix_fmt
            self.frames: list[NDArray[Any]] = []
            self.times: list[float] = []
            self.rotations: set[int] = set()
            for frame in container.decode(video):
                self.frames.append(frame.to_ndarray(format="rgb24"))
                self.times.append(frame.time)
                self.rotations.add(frame.rotation)
            self.duration = float((video.duration or 0) * (video.time_base or 0))
            self.total = (container.duration or 0) / av.time_base
            self.aspect = video.sample_aspect_ratio
        with av.open(str(path)) as container:
            sounds = container.streams.audio
            self.audio = [stream.codec_context.codec.canonical_name for stream in sounds]
            self.audio_packets = (
                [bytes(p) for p in container.demux(sounds[0]) if p.size] if sounds else []
            )


@pytest.fixture
def look() -> Callable[[Path], Seen]:
    """Give the function that reads everything back from a written clip."""
    return Seen
