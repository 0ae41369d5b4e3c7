"""Frames in, packets of H.264 or VP9 out."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, cast

import av
import numpy as np
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from av.video.stream import VideoStream

from pleinair.engine import Picture
from pleinair.video.planes import to_frame
from pleinair.video.reader import Frame, Image

VideoPacket: TypeAlias = "av.Packet[VideoStream]"

_BT709 = 1  # the code of BT.709 as matrix, primaries and transfer alike (ITU-T H.273)
_LIMITED = 1  # AVCOL_RANGE_MPEG


@dataclass(frozen=True)
class Shape:
    """What frames of a clip have in common.

    `size` is (width, height) in pixels, `time_base` the unit of the frames' times in seconds,
    `rate` the average number of frames per second, `pixel_aspect` the width of a pixel over its
    height, as shown.
    """

    size: tuple[int, int]
    time_base: Fraction
    rate: Fraction
    pixel_aspect: Fraction = Fraction(1)


class Encoder:
    """Encodes frames, which keep the times that they come with.

    A picture with an odd width or height comes out one pixel larger: the chroma of the common
    video formats covers 2×2 pixels.

    Args:
        codec: of an output stream, or alone; what is not set here is left to its own settings.
        shape: of the frames.
    """

    def __init__(self, codec: VideoCodecContext, shape: Shape) -> None:
        self._codec = codec
        self._shape = shape
        self._durations: dict[int, int] = {}
        self._next_pts: int | None = None
        codec.width, codec.height = (side + side % 2 for side in shape.size)
        codec.pix_fmt = "yuv420p"
        codec.time_base = shape.time_base
        codec.sample_aspect_ratio = shape.pixel_aspect
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.color_range = _LIMITED

    def encode(self, frame: Frame) -> list[VideoPacket]:
        """Encode one frame. Frames come in the order of their times.

        Raises:
            ValueError: the frame isn't of the size that was said.
        """
        image, (width, height) = frame.image, self._shape.size
        shape = image.planes[0].shape if isinstance(image, Picture) else image.shape
        if shape[:2] != (height, width):
            raise ValueError(f"frame of {shape[1]}×{shape[0]} pixels, not {width}×{height}")
        # Two frames at one time would be an error to every container: the later one waits a tick.
        pts = frame.pts if self._next_pts is None else max(frame.pts, self._next_pts)
        self._next_pts = pts + 1
        self._durations[pts] = frame.duration
        picture = to_frame(image) if isinstance(image, Picture) else to_yuv(image)
        picture.pts = pts
        picture.time_base = self._shape.time_base
        return self._packets(picture)

    def finish(self) -> list[VideoPacket]:
        """Give the packets of frames that are still waiting for later ones."""
        return self._packets(None)

    def _packets(self, picture: VideoFrame | None) -> list[VideoPacket]:
        packets = self._codec.encode(picture)
        for packet in packets:
            # Encoders drop it, and without it the last frame would be shown for no time at all.
            packet.duration = self._durations.pop(packet.pts or 0, 0)
        return packets


def lone_codec(name: str, options: dict[str, str], rate: Fraction) -> VideoCodecContext:
    """Make an encoder of FFmpeg's that belongs to no file, with what files expect of its packets.

    It has one thread: with more of them some encoders write other bytes.
    """
    codec = cast(VideoCodecContext, VideoCodecContext.create(name, "w"))
    codec.options = dict(options)
    codec.framerate = rate
    codec.flags |= Flags.global_header
    codec.thread_count = 1
    return codec


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
