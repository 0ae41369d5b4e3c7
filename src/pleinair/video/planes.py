"""Decoded frames as pictures with luma and chroma, and such pictures as frames to encode."""

from __future__ import annotations

from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from pleinair.engine import Picture

# What is taken as it is, by FFmpeg's name; "j" says that all of 0..255 is used.
_FORMATS = {"yuv420p": "i420", "yuvj420p": "i420", "nv12": "nv12"}
# By FFmpeg's numbers, which are those of ITU-T H.273.
_MATRICES = {1: "709", 5: "601", 6: "601"}
_UNSPECIFIED = 2
_FULL = 2  # AVCOL_RANGE_JPEG
_BT709, _LIMITED = 1, 1


def to_planes(frame: VideoFrame, size: tuple[int, int], rotation: int) -> Picture | None:
    """Give a decoded frame as an upright picture with its own luma and chroma.

    The picture looks into the frame's memory where nothing has to be scaled or turned.

    Args:
        frame: as decoded.
        size: (width, height) of the result.
        rotation: quarter turns counter-clockwise that make the frame upright.

    Returns:
        None where the frame isn't 4:2:0 of 8 bits in a matrix that pictures have, or lies in memory
        upside down, or where a turn would tear apart what shares a chroma sample.
    """
    matrix = matrix_of(frame)
    width, height = size if rotation % 2 == 0 else size[::-1]
    if frame.format.name not in _FORMATS or matrix is None:
        return None
    if rotation and (width % 2 or height % 2):
        return None
    full = frame.color_range == _FULL or frame.format.name.startswith("yuvj")
    if (frame.width, frame.height) != (width, height):
        frame = frame.reformat(width, height, interpolation=Interpolation.BICUBIC, threads=1)
    if any(plane.line_size < plane.width for plane in frame.planes):  # bottom up
        return None
    samples = (1, 2) if frame.format.name == "nv12" else (1, 1, 1)
    planes = [_array(*each) for each in zip(frame.planes, samples, strict=True)]
    if rotation:
        planes = [np.ascontiguousarray(np.rot90(plane, rotation)) for plane in planes]
    return Picture(tuple(planes), _FORMATS[frame.format.name], matrix, full)


def matrix_of(frame: VideoFrame) -> str | None:
    """Say which of "601" and "709" a frame's colours are made with; None for any other."""
    if frame.colorspace == _UNSPECIFIED:
        # What players assume: high definition is BT.709, anything smaller BT.601.
        return "709" if frame.height >= 720 else "601"
    return _MATRICES.get(int(frame.colorspace))


def blank(size: tuple[int, int]) -> Picture:
    """Make a picture to paint on, (width, height) as `to_frame` takes it."""
    empty = np.empty((0, 0), np.uint8)
    return Picture((empty, empty, empty), "i420", "709").like(*size)


def to_frame(picture: Picture) -> VideoFrame:
    """Make a BT.709 limited-range 4:2:0 frame of even size.

    An odd last row or column of the picture is there twice.

    Raises:
        ValueError: the picture isn't like those that `blank` makes.
    """
    if (picture.format, picture.matrix, picture.full_range) != ("i420", "709", False):
        raise ValueError("only I420 pictures in BT.709 and limited range can be encoded")
    width, height = picture.width + picture.width % 2, picture.height + picture.height % 2
    frame = VideoFrame(width, height, "yuv420p")
    for plane, source in zip(frame.planes, picture.planes, strict=True):
        target = _array(plane)
        rows, columns = source.shape
        target[:rows, :columns] = source
        target[:rows, columns:] = source[:, -1:]
        target[rows:] = target[rows - 1]
    frame.colorspace, frame.color_range = _BT709, _LIMITED
    return frame


def _array(plane: VideoPlane, samples: int = 1) -> NDArray[np.uint8]:
    """The bytes of a plane in place: H×W, or H×W×2 for two samples side by side."""
    memory: Any = plane  # which the arrays keep alive
    rows = np.frombuffer(memory, np.uint8).reshape(-1, plane.line_size)
    array: NDArray[np.uint8] = rows[: plane.height, : plane.width * samples]
    return array.reshape(plane.height, plane.width, samples) if samples > 1 else array
