"""Clips with key frames where they are wanted, and what is in a clip."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from pleinair.video import scene


def keyed(
    path: Path,
    *,
    every: int = 12,
    count: int = 50,
    size: tuple[int, int] = (128, 96),
    params: dict[str, int] | None = None,
) -> Path:
    """Write a clip of the scene with a key frame every so often, after some of them frames that
    are shown before them.
    """
    with av.open(str(path), "w") as container:
        settings = {
            "keyint": every,
            "min-keyint": every,
            "scenecut": 0,
            "open-gop": 1,
            **(params or {}),
        }
        options = {"x264-params": ":".join(f"{key}={value}" for key, value in settings.items())}
        if path.suffix == ".avi":  # which has no times, so frames must come in order
            options["x264-params"] += ":bframes=0"
        stream = container.add_stream("libx264", Fraction(25), options)
        stream.codec_context.width, stream.codec_context.height = size
        for image in scene.frames(count, *size):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def frames_of(path: Path) -> list[NDArray[np.uint8]]:
    """Give all frames of a clip, H×W×3 uint8 RGB."""
    with av.open(str(path)) as container:
        return [
            np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            for frame in container.decode(video=0)
        ]
