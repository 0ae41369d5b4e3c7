"""How still a painting holds where the scene moves, trembles with noise, or shifts.

All differences are root mean squares over pixels and colours, in steps of 255. ``ratio`` puts
each in relation to the same figure of the unpainted pictures, of which a painting that adds
no unrest of its own keeps about 1 times its contrast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pleinair.evaluate.inputs import Clip, Photo
from pleinair.evaluate.models import Paint, Pixels
from pleinair.evaluate.motion import warp

SHIFTS = ((0, 1), (1, 0), (0, 2), (2, 0), (0, 3), (3, 0))
"""Rows and columns of the shift figure."""
_MOST = 3
_MARGIN = 32  # pixels from the border, whose reflection does not shift with the scene


@dataclass(frozen=True)
class Unrest:
    """A figure of the painting, the same of what was painted, and their ratio."""

    painted: float
    plain: float

    def to_dict(self) -> dict[str, float | None]:
        """As JSON values; no ratio where the input is perfectly still."""
        ratio = self.painted / self.plain if self.plain else None
        return {**asdict(self), "ratio": ratio}


def warp_error(paint: Paint, clips: Sequence[Clip]) -> Unrest:
    """How much the painting of a thing changes while it moves, in its visible parts.

    The painting of the next frame is brought back along the motion and compared with the
    painting of this one: the mean over ``clips`` of the root mean square over visible pixels.
    After Lai et al. 2018, "Learning Blind Video Temporal Consistency", arXiv:1808.00449, and
    Ruder et al. 2016, arXiv:1604.08610.
    """
    painted = [_moved(clip, [paint(frame) for frame in clip.frames]) for clip in clips]
    plain = [_moved(clip, clip.frames) for clip in clips]
    return Unrest(float(np.mean(painted)), float(np.mean(plain)))


def _moved(clip: Clip, frames: Sequence[Pixels]) -> float:
    total, count = 0.0, 0
    steps = zip(pairwise(frames), clip.flows, clip.visible, strict=True)
    for (before, after), flow, visible in steps:
        apart = (warp(after, flow) - before)[visible]
        total += float(np.square(apart, dtype=np.float64).sum())
        count += apart.size
    if not count:
        raise ValueError(f"clip {clip.name}: no motion in it can be followed")
    return float(np.sqrt(total / count))


def flicker(paint: Paint, photos: Sequence[Photo], noise: float, copies: int) -> Unrest:
    """How much the painting of a still scene trembles with the camera's noise.

    Every photo is painted ``copies`` times, each with its own normal noise of ``noise`` steps
    (from a fixed seed); the figure is the root of the variance over the copies, averaged over
    pixels.
    """
    painted, plain = [], []
    for number, photo in enumerate(photos):
        random = np.random.default_rng((7, number))
        noisy = [_noisy(photo.pixels, noise, random) for _ in range(copies)]
        plain.append(_variance(noisy))
        painted.append(_variance([paint(copy) for copy in noisy]))
    return Unrest(float(np.sqrt(np.mean(painted))), float(np.sqrt(np.mean(plain))))


def _noisy(pixels: Pixels, noise: float, random: np.random.Generator) -> Pixels:
    grained = pixels + noise * random.standard_normal(pixels.shape)
    return np.clip(np.rint(grained), 0, 255).astype(np.uint8)


def _variance(frames: Sequence[Pixels]) -> float:
    return float(np.var(np.stack(frames).astype(np.float32), axis=0, ddof=1).mean())


def shift_error(paint: Paint, photos: Sequence[Photo]) -> Unrest:
    """How much a painting depends on where the scene lies on the grid of pixels.

    Two cuts of a photo, one by 1 to 3 pixels beside the other, are painted; the figure compares
    what both show. The plain figure is how much the shift alone changes the cut, so a ratio of
    1 means that the painting does not move with the scene at all.
    """
    painted, plain = [], []
    for photo in photos:
        height, width = (side - _MOST for side in photo.pixels.shape[:2])
        still = photo.pixels[:height, :width]
        seen = paint(still)
        for down, right in SHIFTS:
            moved = photo.pixels[down : down + height, right : right + width]
            painted.append(_apart(seen[down:, right:], paint(moved)))
            plain.append(_apart(still, moved))
    return Unrest(float(np.sqrt(np.mean(painted))), float(np.sqrt(np.mean(plain))))


def _apart(one: Pixels, other: Pixels) -> float:
    """Mean square difference of what two pictures with a common corner share, inside a margin."""
    height, width = (min(a, b) for a, b in zip(one.shape[:2], other.shape[:2], strict=True))
    inner = slice(_MARGIN, height - _MARGIN), slice(_MARGIN, width - _MARGIN)
    difference: NDArray[np.float32] = one[inner].astype(np.float32) - other[inner]
    return float(np.square(difference).mean())
