"""Read a video file: upright RGB frames with their times, and the audio packets between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pleinair.engine import Picture
from pleinair.video.errors import MediaError
from pleinair.video.files import check_readable
from pleinair.video.planes import matrix_of, to_planes

Image: TypeAlias = NDArray[np.uint8]

# What a file may lack of the duration that its header promises before we call it truncated.
# Containers round, and edit lists trim, but by less than this.
_MISSING_SECONDS = 0.25


@dataclass(frozen=True)
class Clip:
    """What a video file holds.

    `width` and `height` are in pixels, after rotation. `frames` counts the frames, `duration` is
    in seconds. `time_base` is the unit of all times, in seconds; `rate` is the average number of
    frames per second. `rotation` is in quarter turns counter-clockwise, `pixel_aspect` the width
    of a pixel over its height, as shown.
    """

    path: Path
    width: int
    height: int
    frames: int
    duration: float
    rate: Fraction
    time_base: Fraction
    rotation: int
    pixel_aspect: Fraction


@dataclass(frozen=True)
class Frame:
    """One picture of a clip, shown at `pts` for `duration` time-base units.

    `image` is H×W×3 uint8 RGB, or a picture with luma and chroma.
    """

    image: Image | Picture
    pts: int
    duration: int


@dataclass(frozen=True)
class Span:
    """The frames of a clip from `start` on and before `end`, in time-base units; None: no bound.

    `key` is the time of a frame at which decoding can begin, at `start` or before it.
    """

    key: int | None = None
    start: int | None = None
    end: int | None = None


Item: TypeAlias = "Frame | av.Packet[AudioStream]"
"""What comes out of a video file: a frame, or audio to pass on."""


class VideoReader:
    """Reads one video file from its first frame to its last; use as a context manager.

    Opening checks the whole file, without decoding it: a truncated one is refused before any
    work is put into it.

    Args:
        path: the file, in any format that FFmpeg reads.
        size: (width, height) to scale the upright frames to; their own size if None.
        planes: give frames with luma and chroma, where they come so, as they are; else all are RGB.
        clip: what `probe` found in this file, which then isn't checked again.

    Raises:
        MediaError: missing, empty, truncated or damaged file, or no video in it.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int] | None = None,
        *,
        planes: bool = False,
        clip: Clip | None = None,
    ) -> None:
        self.clip = probe(path) if clip is None else replace(clip, path=path)
        self._planes = planes
        self.size = size or (self.clip.width, self.clip.height)
        self._reopen()

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.close()

    def _reopen(self) -> None:
        self._container = _open(self.clip.path)
        self._video = _moving(self._container)[0]
        self._video.thread_type = "AUTO"
        self.audio: list[AudioStream] = list(self._container.streams.audio)
        self._start = Fraction(max(0, self._container.start_time or 0), av.time_base)
        self._offset = round(self._start / self.clip.time_base)

    def __iter__(self) -> Iterator[Item]:
        """Give frames and audio packets in the file's own order; the first of them is at time 0."""
        end = None  # of the frame before
        with self._damage_reported():
            for packet in self._container.demux(self._video, *self.audio):
                if isinstance(packet.stream, AudioStream):
                    yield from self._sound(packet)
                    continue
                for picture in cast("av.Packet[VideoStream]", packet).decode():
                    frame = self._frame(picture, end)
                    end = frame.pts + frame.duration
                    yield frame

    def frames(self, span: Span) -> Iterator[Frame]:
        """Give the frames of a span, the same as among all; each of them has a time.

        For a reader that has given nothing yet.
        """
        with self._damage_reported():
            for picture in self._decoded(span):
                yield self._frame(picture, None)

    def sound(self) -> Iterator[av.Packet[AudioStream]]:
        """Give the audio packets alone. For a reader that has given nothing yet."""
        with self._damage_reported():
            for packet in self._container.demux(*self.audio) if self.audio else ():
                yield from self._sound(packet)

    def index(self) -> tuple[list[int | None], list[int]]:
        """Give the time of every frame, in the file's order, and of those to begin decoding at.

        Only these few are decoded. For a reader that has given nothing yet.
        """
        times: list[int | None] = []
        keys = []
        self._video.codec_context.skip_frame = "NONKEY"
        with self._damage_reported():
            for packet in self._container.demux(self._video):
                if packet.size and not packet.is_discard:
                    times.append(None if packet.pts is None else packet.pts - self._offset)
                for picture in packet.decode():
                    # Others that are marked as such are beginnings of a gradual refresh.
                    if picture.pict_type == PictureType.I and picture.pts is not None:
                        keys.append(picture.pts - self._offset)
        return times, keys

    @contextmanager
    def _damage_reported(self) -> Iterator[None]:
        try:
            yield
        except av.FFmpegError as error:
            raise MediaError(f"{self.clip.path}: damaged video ({error.strerror})") from error

    def _decoded(self, span: Span) -> Iterator[VideoFrame]:
        within = self._between(span)
        if span.start is None:
            yield from within
            return
        try:
            self._container.seek((span.key or 0) + self._offset, stream=self._video)
            first = next(within, None)
        except av.FFmpegError:
            first = None
        if first is None or first.pts != span.start + self._offset:
            # Not every format can seek, or finds the right place.
            self._container.close()
            self._reopen()
            yield from self._between(span)
            return
        yield first
        yield from within

    def _between(self, span: Span) -> Iterator[VideoFrame]:
        for picture in self._container.decode(self._video):
            time = (picture.pts or 0) - self._offset
            if span.end is not None and time >= span.end:
                return
            if span.start is None or time >= span.start:
                yield picture

    def _sound(self, packet: av.Packet[Any]) -> Iterator[av.Packet[AudioStream]]:
        if packet.size:
            _shift(packet, self._start)
            yield packet

    def _frame(self, picture: VideoFrame, end: int | None) -> Frame:
        usual = 1 / (self.clip.rate * self.clip.time_base)
        duration = picture.duration or max(1, round(usual))
        pts = (end or 0) if picture.pts is None else picture.pts - self._offset
        place = self.size, self.clip.rotation
        image = to_planes(picture, *place) if self._planes else None
        return Frame(to_rgb(picture, *place) if image is None else image, pts, duration)


def _shift(packet: av.Packet[Any], start: Fraction) -> None:
    offset = round(start / packet.time_base)
    if packet.pts is not None:
        packet.pts -= offset
    if packet.dts is not None:
        packet.dts -= offset


def to_rgb(picture: VideoFrame, size: tuple[int, int], rotation: int) -> Image:
    """Convert a decoded picture to upright H×W×3 uint8 RGB.

    Args:
        picture: as decoded.
        size: (width, height) of the result.
        rotation: quarter turns counter-clockwise that make the picture upright.
    """
    width, height = size if rotation % 2 == 0 else size[::-1]
    # For others than these two, FFmpeg knows better.
    source = {"709": Colorspace.ITU709, "601": Colorspace.ITU601}.get(matrix_of(picture) or "")
    rgb = picture.reformat(
        width=width,
        height=height,
        format="rgb24",
        src_colorspace=source,
        dst_color_range=ColorRange.JPEG,
        interpolation=Interpolation.BICUBIC,
        threads=1,  # there is enough to do besides
    )
    return np.ascontiguousarray(np.rot90(rgb.to_ndarray(), rotation), dtype=np.uint8)


def probe(path: Path) -> Clip:
    """Look through a video file: count its frames and find its size, rate and rotation.

    Raises:
        MediaError: missing, empty, truncated or damaged file, or no video in it.
    """
    try:
        with _open(path) as container:
            frames, seconds = _scan(container)
        # Not every format can seek back to its start.
        with _open(path) as container:
            stream = _moving(container)[0]
            first = next(container.decode(stream))
    except (av.FFmpegError, StopIteration) as error:
        raise MediaError(f"{path}: truncated or damaged video") from error
    rotation = round(first.rotation / 90) % 4
    aspect = stream.sample_aspect_ratio or Fraction(1)
    width, height = first.width, first.height
    if rotation % 2:
        width, height, aspect = height, width, 1 / aspect
    return Clip(
        path=path,
        width=width,
        height=height,
        frames=frames,
        duration=seconds,
        rate=stream.average_rate or stream.guessed_rate or Fraction(25),
        time_base=stream.time_base or Fraction(1, 90000),
        rotation=rotation,
        pixel_aspect=aspect,
    )


def _open(path: Path) -> InputContainer:
    check_readable(path)
    try:
        container = av.open(str(path))
    except av.FFmpegError as error:
        raise MediaError(f"{path}: not a video, or a truncated one") from error
    if container.format.name == "tty":  # text, which FFmpeg would show as an old terminal did
        container.close()
        raise MediaError(f"{path}: not a video")
    if not _moving(container):
        holds = "it has sound only" if container.streams.audio else "nothing to see in it"
        container.close()
        raise MediaError(f"{path}: no video ({holds})")
    return container


def _moving(container: InputContainer) -> list[VideoStream]:
    """Give the video streams that aren't the cover of an album."""
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    return [stream for stream in container.streams.video if not stream.disposition & covers]


class _Span:
    """The stretch of time, in seconds, that some packets cover."""

    def __init__(self) -> None:
        self.start = float("inf")
        self.end = float("-inf")

    def add(self, packet: av.Packet[Stream]) -> None:
        time = packet.pts if packet.pts is not None else packet.dts
        if time is not None:
            self.start = min(self.start, float(time * packet.time_base))
            self.end = max(self.end, float((time + (packet.duration or 0)) * packet.time_base))

    @property
    def seconds(self) -> float:
        return max(0.0, self.end - self.start)


def _scan(container: InputContainer) -> tuple[int, float]:
    """Count the video packets and measure the seconds they span, or raise if some are missing."""
    video = _moving(container)[0]
    frames, shown, whole = 0, _Span(), _Span()
    for packet in container.demux(video, *container.streams.audio):
        if not packet.size or packet.is_discard:
            continue
        if packet.is_corrupt:
            raise MediaError(f"{container.name}: truncated or damaged video")
        whole.add(packet)
        if packet.stream.index == video.index:
            shown.add(packet)
            frames += 1
    promises = [
        (float((video.duration or 0) * (video.time_base or 0)), shown.seconds),
        # Some formats count from time 0, wherever the first packet is.
        ((container.duration or 0) / av.time_base, max(whole.seconds, whole.end)),
    ]
    for promised, there in promises:
        if promised - there > _MISSING_SECONDS:
            found = f"{there:.1f} of {promised:.1f} seconds are there"
            raise MediaError(f"{container.name}: truncated video, {found}")
    return frames, shown.seconds
