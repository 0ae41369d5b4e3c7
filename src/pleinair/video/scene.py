"""A short moving scene that needs no camera: a sailing boat on a lake in the evening.

Everything is drawn from numbers: NumPy for light, noise and water, Pillow for outlines. The same
arguments give the same frames.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

from pleinair.video.landscape import Layer, bank, hills, mountains, sky
from pleinair.video.reader import Image

Light: TypeAlias = NDArray[np.float32]  # H×W×3 or H×W×4, 0..1

RATE = 25
"""Frames per second that the movement is made for."""

_HORIZON = 0.56  # of the height
_PAN = 0.3  # how far the nearest layer moves, in picture widths
_WATER = np.array((0.13, 0.28, 0.40), np.float32)


def frames(count: int = 150, width: int = 960, height: int = 540) -> Iterator[Image]:
    """Draw the scene, frame by frame.

    Args:
        count: number of frames; the camera pans over all of them, whatever their number.
        width: of a frame in pixels, at least 64.
        height: of a frame in pixels, at least 64.

    Yields:
        H×W×3 uint8 RGB.

    Raises:
        ValueError: a frame would be smaller than 64×64.
    """
    if min(width, height) < 64:
        raise ValueError(f"the scene needs at least 64×64 pixels, not {width}×{height}")
    wide = round(width * (1 + _PAN)) + 2
    shore = round(height * _HORIZON)
    far, grass = _layers(wide, shore, height)
    house = far[-1]
    for index in range(count):
        seconds = index / RATE
        along = index / max(1, count - 1)
        along = along * along * (3 - 2 * along)  # start and stop gently
        view = np.zeros((height, width, 3), np.float32)
        for layer in far:
            seen = layer.window(along * _PAN, width)
            _over(view[shore - seen.shape[0] : shore], seen)
        chimney_x, chimney_y = house.chimney
        chimney_x -= house.offset(along * _PAN, width) / shore
        _smoke(view[:shore], chimney_x, chimney_y, seconds)
        view[shore:] = _water(view[:shore], height - shore, seconds)
        _sail(view, along, seconds)
        near = grass.window(along * _PAN, width)
        _over(view[-near.shape[0] :], near)
        yield (np.clip(view, 0, 1) * 255 + 0.5).astype(np.uint8)


@functools.lru_cache(maxsize=1)
def _layers(wide: int, shore: int, height: int) -> tuple[list[Layer], Layer]:
    """Draw what doesn't move, from far to near, and the bank in front of the water."""
    far = [sky(wide, shore), mountains(wide, shore), hills(wide, shore)]
    return far, bank(round(wide * 1.1), height)


def _over(below: Light, above: Light) -> None:
    """Lay H×W×4 with premultiplied alpha over H×W×3, in place."""
    below *= 1 - above[..., 3:]
    below += above[..., :3]


def _water(above: Light, height: int, seconds: float) -> Light:
    """Mirror what is above in `height` rows of rippled water."""
    shore, width, _ = above.shape
    depth = np.linspace(0, 1, height, dtype=np.float32)[:, np.newaxis]  # 0 far away, 1 near
    across = np.linspace(0, 1, width, dtype=np.float32)[np.newaxis] * width / shore
    near = 1 / (1.08 - depth)  # perspective: ripples are larger where the water is near
    phase = 38 / near
    ripple = (
        np.sin(2.1 * phase + 9 * across / near + 2.3 * seconds)
        + 0.7 * np.sin(3.7 * phase - 17 * across / near + 3.1 * seconds)
        + 0.5 * np.sin(7.3 * phase + 29 * across / near - 2.2 * seconds)
    )
    rows = shore - 1 - depth * (shore - 1) * 0.92 + ripple * (0.004 + 0.03 * depth) * shore
    columns = np.arange(width, dtype=np.float32) + ripple * (0.002 + 0.012 * depth) * shore
    mirrored = _sample(above, rows, columns)
    own = _WATER * (0.8 + 0.12 * ripple[..., np.newaxis])
    share = (0.18 + 0.5 * depth)[..., np.newaxis]
    glitter = np.clip(ripple - 1.35, 0, 1) * (0.25 + depth) * 0.6
    sparks = glitter[..., np.newaxis] * np.array((1.0, 0.86, 0.62), np.float32)
    lit: Light = mirrored * (1 - share) + own * share + sparks
    return lit


def _sample(image: Light, rows: Light, columns: Light) -> Light:
    """Read H×W×3 at fractional places, clamped to the edge, bilinearly."""
    height, width, _ = image.shape
    rows, columns = np.clip(rows, 0, height - 1.001), np.clip(columns, 0, width - 1.001)
    whole_rows, whole_columns = np.floor(rows), np.floor(columns)
    down, right = (rows - whole_rows)[..., np.newaxis], (columns - whole_columns)[..., np.newaxis]
    top, left = whole_rows.astype(np.int32), whole_columns.astype(np.int32)
    pixels, index = image.reshape(-1, 3), top * width + left
    upper = pixels.take(index, axis=0) * (1 - right) + pixels.take(index + 1, axis=0) * right
    index += width
    lower = pixels.take(index, axis=0) * (1 - right) + pixels.take(index + 1, axis=0) * right
    return np.asarray(upper * (1 - down) + lower * down, np.float32)


def _smoke(view: Light, left: float, top: float, seconds: float) -> None:
    """Draw puffs that rise from a chimney at (left, top), in units of the view's height."""
    unit = view.shape[0]
    part, x, y = _box(view, left - 0.06, top - 0.30, left + 0.30, top + 0.04)
    density = np.zeros(part.shape[:2], np.float32)
    for puff in range(9):
        age = (puff + 0.5 * seconds) % 9 / 9
        centre_x = left + 0.16 * age**1.5 + 0.008 * np.sin(5 * age + puff)
        centre_y = top - 0.20 * age
        radius = 0.008 + 0.04 * age
        distance = ((x / unit - centre_x) ** 2 + (y / unit - centre_y) ** 2) / radius**2
        density += (0.5 * (1 - age) * min(1.0, 8 * age) * np.exp(-distance)).astype(np.float32)
    alpha = np.clip(density, 0, 0.8)[..., np.newaxis]
    _over(part, alpha * np.array((0.93, 0.90, 0.90, 1.0), np.float32))


def _sail(view: Light, along: float, seconds: float) -> None:
    """Draw the boat on the water, and its mirror image below it."""
    height, width, _ = view.shape
    side = 0.40 * height
    boat = _boat(round(side))
    tilt = 0.05 * float(np.sin(1.4 * seconds)) + 0.03
    middle = width * (0.45 + 0.20 * along)
    waterline = height * (0.74 + 0.006 * float(np.sin(2.0 * seconds)))
    left, right = (middle - side) / height, (middle + side) / height

    part, x, y = _box(view, left, waterline / height, right, 1.0)
    mirrored = _placed(boat, part, middle - x[0, 0], waterline - y[0, 0], -tilt, flip=True)
    wobble = 0.012 * height * np.sin(y * 60 / height + 4 * seconds)
    columns = np.clip(x - x[0, 0] + wobble, 0, part.shape[1] - 1).astype(np.int32)
    rows = (y - y[0, 0]).astype(np.int32)
    _over(part, mirrored[rows, columns] * np.float32(0.6))

    part, x, y = _box(view, left, 0.2, right, 0.9)
    _over(part, _placed(boat, part, middle - x[0, 0], waterline - y[0, 0], tilt, flip=False))


def _box(
    view: Light, left: float, top: float, right: float, bottom: float
) -> tuple[Light, Light, Light]:
    """Cut a box out of the view: its pixels, not copied, and their columns and rows.

    The box is given in units of the view's height, and clipped to it.
    """
    height, width, _ = view.shape
    x0, x1 = (int(np.clip(round(edge * height), 0, width)) for edge in (left, right))
    y0, y1 = (int(np.clip(round(edge * height), 0, height)) for edge in (top, bottom))
    # A box wholly outside still has a pixel, so that nothing has to care.
    x0, y0 = min(x0, width - 1), min(y0, height - 1)
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
    x = np.arange(x0, x1, dtype=np.float32)[np.newaxis]
    y = np.arange(y0, y1, dtype=np.float32)[:, np.newaxis]
    return view[y0:y1, x0:x1], x, y


def _placed(
    boat: Pillow.Image, part: Light, x: float, y: float, tilt: float, *, flip: bool
) -> Light:
    """Draw the boat, premultiplied, for a part of the view in which its waterline is at (x, y).

    Args:
        boat: as `_boat` draws it.
        part: gives the size of the result.
        x: column of the boat's middle.
        y: row of its waterline.
        tilt: in radians.
        flip: upside down, as a mirror image.
    """
    side = boat.width
    cos, sin = float(np.cos(tilt)), float(np.sin(tilt))
    up = -1.0 if flip else 1.0
    keel = 0.86 * side  # row of the waterline in the drawing
    matrix = (
        cos,
        sin,
        side / 2 - cos * x - sin * y,
        -sin * up,
        cos * up,
        keel + (sin * x - cos * y) * up,
    )
    placed = boat.transform(
        part.shape[1::-1], Pillow.Transform.AFFINE, matrix, Pillow.Resampling.BICUBIC
    )
    pixels = np.array(placed, np.float32)
    pixels /= 255
    pixels[..., :3] *= pixels[..., 3:]
    return pixels


@functools.cache
def _boat(side: int) -> Pillow.Image:
    """Draw a boat with two sails, in a square, as RGBA."""
    fine = 4 * side
    picture = Pillow.new("RGBA", (fine, fine))
    draw = ImageDraw.Draw(picture)

    def shape(colour: tuple[int, int, int], *points: tuple[float, float]) -> None:
        draw.polygon([(fine * x, fine * y) for x, y in points], fill=(*colour, 255))

    def curve(
        start: tuple[float, float], end: tuple[float, float], belly: float
    ) -> list[tuple[float, float]]:
        t = np.linspace(0, 1, 24)
        x = start[0] + (end[0] - start[0]) * t + belly * np.sin(np.pi * t)
        y = start[1] + (end[1] - start[1]) * t
        return list(zip(x.tolist(), y.tolist(), strict=True))

    shape((92, 58, 36), (0.492, 0.06), (0.508, 0.06), (0.512, 0.82), (0.488, 0.82))
    main = curve((0.515, 0.09), (0.80, 0.70), 0.06)
    shape((246, 236, 214), *main, (0.515, 0.74))
    shape((222, 200, 170), *curve((0.515, 0.09), (0.66, 0.72), 0.03), (0.515, 0.74))
    for row in (0.30, 0.50):
        shape(
            (205, 178, 146),
            (0.52, row),
            (0.66, row + 0.02),
            (0.66, row + 0.028),
            (0.52, row + 0.01),
        )
    jib = curve((0.485, 0.12), (0.21, 0.74), 0.05)
    shape((214, 74, 48), *jib, (0.46, 0.74))
    shape((178, 52, 40), *curve((0.485, 0.12), (0.34, 0.74), 0.05), (0.46, 0.74))
    shape((60, 36, 26), (0.14, 0.78), (0.88, 0.76), (0.78, 0.88), (0.24, 0.88))
    shape((134, 78, 44), (0.13, 0.775), (0.89, 0.755), (0.87, 0.79), (0.15, 0.81))
    shape((236, 226, 206), (0.155, 0.812), (0.866, 0.795), (0.858, 0.806), (0.162, 0.824))
    shape((38, 46, 84), (0.40, 0.70), (0.45, 0.70), (0.47, 0.78), (0.38, 0.78))
    draw.ellipse([fine * 0.403, fine * 0.645, fine * 0.447, fine * 0.70], fill=(228, 176, 140, 255))
    return picture.resize((side, side), Pillow.Resampling.BOX)
