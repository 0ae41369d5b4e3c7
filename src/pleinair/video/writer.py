"""Write a video file: frames in, H.264 or VP9 out, beside copied audio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TypeAlias, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from av.video.stream import VideoStream

from pleinair.engine import Picture
from pleinair.video.errors import MediaError
from pleinair.video.planes import to_frame
from pleinair.video.reader import Frame, Image

AudioPacket: TypeAlias = "av.Packet[AudioStream]"


@dataclass(frozen=True)
class Encoding:
    """How to encode for one kind of file: FFmpeg codec names and the video codec's options."""

    video: str
    audio: str
    options: dict[str, str]
    container: dict[str, str]


_X264 = {"preset": "veryfast", "crf": "18"}
_VP9 = {"deadline": "realtime", "cpu-used": "6", "crf": "28", "b": "0", "row-mt": "1"}
_WEB = {"movflags": "+faststart"}  # the index comes first, so that a browser can start at once

ENCODINGS = {
    ".mp4": Encoding("libx264", "aac", _X264, _WEB),
    ".m4v": Encoding("libx264", "aac", _X264, _WEB),
    ".mov": Encoding("libx264", "aac", _X264, _WEB),
    ".mkv": Encoding("libx264", "aac", _X264, {}),
    ".webm": Encoding("libvpx-vp9", "libopus", _VP9, {}),
}
"""Video files that we write, by their suffix."""

_BT709 = 1  # the code of BT.709 as matrix, primaries and transfer alike (ITU-T H.273)
_LIMITED = 1  # AVCOL_RANGE_MPEG


class VideoWriter:
    """Writes one video file; use as a context manager, which closes it.

    Frames keep the times that they come with, so a variable frame rate stays variable. A picture
    with an odd width or height is one pixel larger in the file: the chroma of the common video
    formats covers 2×2 pixels.

    Args:
        path: the file; its suffix, one of `ENCODINGS`, says the format.
        size: (width, height) of the frames in pixels.
        time_base: unit of the frames' times, in seconds.
        rate: average frames per second.
        pixel_aspect: width of a pixel over its height, as shown.
        audio: streams of the input whose packets `copy` will get.

    Raises:
        MediaError: the suffix is none that we write.
        av.FFmpegError: the file can't be written.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        time_base: Fraction,
        rate: Fraction,
        *,
        pixel_aspect: Fraction = Fraction(1),
        audio: Sequence[AudioStream] = (),
    ) -> None:
        encoding = encoding_of(path)
        self._size = size
        self._time_base = time_base
        self._durations: dict[int, int] = {}
        self._next_pts: int | None = None
        self._container = av.open(str(path), "w", container_options=encoding.container)
        self._video = cast(
            VideoStream, self._container.add_stream(encoding.video, rate, dict(encoding.options))
        )
        codec = self._video.codec_context
        codec.width, codec.height = (side + side % 2 for side in size)
        codec.pix_fmt = "yuv420p"
        codec.time_base = time_base
        codec.sample_aspect_ratio = pixel_aspect
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.color_range = _LIMITED
        self._audio = {stream.index: self._add_audio(stream, encoding) for stream in audio}

    def _add_audio(self, stream: AudioStream, encoding: Encoding) -> _Copy | _Transcode:
        if stream.codec_context.codec.canonical_name in self._container.supported_codecs:
            return _Copy(self._container.add_stream_from_template(stream))
        rate = 48000 if encoding.audio == "libopus" else stream.codec_context.sample_rate
        target = cast(AudioStream, self._container.add_stream(encoding.audio, rate))
        target.codec_context.layout = stream.codec_context.layout
        return _Transcode(target, stream)

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._finish()
        self._container.close()

    def write(self, frame: Frame) -> None:
        """Encode one frame. Frames come in the order of their times.

        Raises:
            ValueError: the frame isn't of the size that the file was opened for.
            av.FFmpegError: the file can't be written, for example because the disk is full.
        """
        image, (width, height) = frame.image, self._size
        shape = image.planes[0].shape if isinstance(image, Picture) else image.shape
        if shape[:2] != (height, width):
            raise ValueError(f"frame of {shape[1]}×{shape[0]} pixels, not {width}×{height}")
        # Two frames at one time would be an error to every container: the later one waits a tick.
        pts = frame.pts if self._next_pts is None else max(frame.pts, self._next_pts)
        self._next_pts = pts + 1
        self._durations[pts] = frame.duration
        picture = to_frame(image) if isinstance(image, Picture) else to_yuv(image)
        picture.pts = pts
        picture.time_base = self._time_base
        self._encode(picture)

    def copy(self, packet: AudioPacket) -> None:
        """Pass on one audio packet of the input, re-encoded only where the format needs it."""
        self._container.mux(self._audio[packet.stream.index].packets(packet))

    def _finish(self) -> None:
        self._encode(None)
        for track in self._audio.values():
            self._container.mux(track.packets(None))

    def _encode(self, picture: VideoFrame | None) -> None:
        packets = self._video.encode(picture)
        for packet in packets:
            # Encoders drop it, and without it the last frame would be shown for no time at all.
            packet.duration = self._durations.pop(packet.pts or 0, 0)
        self._container.mux(packets)


class _Copy:
    """Audio packets as they are."""

    def __init__(self, target: AudioStream) -> None:
        self._target = target

    def packets(self, packet: AudioPacket | None) -> list[AudioPacket]:
        if packet is None:
            return []
        packet.stream = self._target
        return [packet]


class _Transcode:
    """Audio packets decoded and encoded again."""

    def __init__(self, target: AudioStream, source: AudioStream) -> None:
        self._target = target
        self._source = source
        codec = target.codec_context
        self._resampler = av.AudioResampler(codec.format, codec.layout, codec.sample_rate)

    def packets(self, packet: AudioPacket | None) -> list[AudioPacket]:
        frames = self._source.codec_context.decode(packet)
        ready = [part for frame in frames for part in self._resampler.resample(frame)]
        if packet is None:
            ready += self._resampler.resample(None)
        encoded = [out for frame in ready for out in self._target.encode(frame)]
        return encoded + self._target.encode(None) if packet is None else encoded


def encoding_of(path: Path) -> Encoding:
    """Say how to encode a file of this name, or raise `MediaError` with the suffixes we know."""
    try:
        return ENCODINGS[path.suffix.lower()]
    except KeyError:
        known = " ".join(ENCODINGS)
        raise MediaError(f"{path}: unknown kind of video (known: {known})") from None


def to_yuv(image: Image) -> VideoFrame:
    """Convert H×W×3 uint8 RGB to a BT.709 limited-range 4:2:0 picture of even size."""
    height, width, _ = image.shape
    if height % 2 or width % 2:
        image = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    rgb = VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
    return rgb.reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.BICUBIC,
        threads=1,  # there is enough to do besides
    )
