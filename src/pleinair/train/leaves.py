"""Dead leaves: random shapes of all sizes that hide one another, lit and textured.

The model of natural pictures of Lee, Mumford & Huang 2001, "Occlusion Models for Natural Images"
(doi:10.1023/A:1011109015675): with radii r by a density of r⁻³ the picture looks alike at every
scale. That networks can learn to see from such pictures is shown by Baradad et al. 2021,
"Learning to See by Looking at Noise", arXiv:2106.05963.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Random: TypeAlias = np.random.Generator
Field: TypeAlias = NDArray[np.float32]  # [height, width]
Light: TypeAlias = NDArray[np.float32]  # [height, width, 3], about 0..1

_POINTS = 24
SHAPES = (3, 4, 5, _POINTS)
"""Corners of free shapes; 24 of them make a round one."""
AXES = (0,)
"""Rectangles along the axes."""
_BOX = np.array([(-1, -1, 1, 1), (-1, 1, 1, -1)])
_FINE = 2  # edges are drawn this much larger and averaged down


@dataclass(frozen=True, eq=False)
class Leaves:
    """Which leaf every fine pixel shows, and where leaves lie.

    ``labels`` [size, size] counts from 1, later leaves above earlier ones, 0 where there is none;
    ``fine`` is the same ``_FINE`` times as large. ``centres`` [count + 1, 2] (rows, columns) and
    ``radii`` [count + 1] are in pixels; number 0 is the ground.
    """

    labels: NDArray[np.int32]
    fine: NDArray[np.int32]
    centres: Field
    radii: Field


def scatter(
    size: int,
    random: Random,
    count: int,
    radii: tuple[float, float],
    shapes: tuple[int, ...],
    round_share: float = 0.3,
) -> Leaves:
    """Throw ``count`` leaves on a square of ``size`` pixels, ``radii`` from least to greatest.

    ``round_share`` of the free shapes have smooth outlines, whatever ``shapes`` says.
    """
    least, greatest = radii
    chance = random.random(count)
    radius = (chance / least**2 + (1 - chance) / greatest**2) ** -0.5
    centre = random.uniform(-0.1 * size, 1.1 * size, (count, 2))
    canvas = Image.new("I", (size * _FINE, size * _FINE))
    pen = ImageDraw.Draw(canvas)
    corners = np.array(shapes)[random.integers(len(shapes), size=count)]
    smooth = (corners > 0) & (random.random(count) < round_share)
    outlines = _outlines(np.where(smooth, _POINTS, corners), random)
    outlines = outlines * radius[:, None, None] + centre[:, None]
    for index, points in enumerate((outlines[..., ::-1] * _FINE).reshape(count, -1).tolist()):
        pen.polygon(points, fill=index + 1)
    fine = np.asarray(canvas, np.int32)
    middle = np.array([[size / 2, size / 2]])
    return Leaves(
        fine[::_FINE, ::_FINE],
        fine,
        np.concatenate([middle, centre]).astype(np.float32),
        np.concatenate([[float(size)], radius]).astype(np.float32),
    )


def coloured(
    leaves: Leaves,
    colours: Light,
    random: Random,
    stripes: float = 0.1,
    roundness: float = 0.12,
) -> Light:
    """Light [size, size, 3] of leaves in ``colours`` [any, 3], each with shade and texture.

    A share of ``stripes`` of them are striped; ``roundness`` is how much darker the edge of a
    leaf is than its middle, on average.
    """
    count = len(leaves.radii)
    base = colours[random.integers(len(colours), size=count)] + random.normal(0, 0.03, (count, 3))
    fine = base.astype(np.float32)[leaves.fine]
    size = len(leaves.labels)
    light = fine.reshape(size, _FINE, size, _FINE, 3).mean((1, 3), dtype=np.float32)
    shade = _shade(leaves, random, roundness) + _texture(leaves, random, stripes)
    return np.asarray(light * (1 + shade)[..., None] * _depth(leaves)[..., None], np.float32)


def noise(size: int, random: Random, slope: float, stretch: float = 1.0) -> Field:
    """A random field [size, size] of mean 0 and variance 1 whose amplitudes fall as 1/f^slope.

    Natural pictures have a slope of about 1 (Field 1987, doi:10.1364/JOSAA.4.002379). A
    ``stretch`` above 1 makes what is in it wide, below 1 high.
    """
    rows, columns = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]
    frequency = np.hypot(rows / stretch**0.5, columns * stretch**0.5)
    frequency[0, 0] = np.inf
    waves = np.fft.rfft2(random.standard_normal((size, size))) / frequency**slope
    field = np.fft.irfft2(waves, (size, size))
    return np.asarray(field / max(float(field.std()), 1e-6), np.float32)


def palette(random: Random, count: int) -> Light:
    """``count`` colours [count, 3] that go together: any lightness, a few hues, most of them dull.

    Hues scatter around one to three of them; chroma has the long tail that photographs show.
    """
    hues = random.uniform(0, 2 * np.pi, int(random.integers(1, 4)))
    hue = hues[random.integers(len(hues), size=count)] + random.normal(0, 0.3, count)
    lightness = random.beta(1.1, 1.1, count)
    room = 2 * np.minimum(lightness, 1 - lightness)  # black and white have no colour
    chroma = random.exponential(random.uniform(0.04, 0.25), count) * (0.3 + room)
    red = lightness + chroma * np.cos(hue)
    blue = lightness + chroma * np.sin(hue)
    green = (lightness - 0.299 * red - 0.114 * blue) / 0.587
    return np.stack([red, green, blue], axis=1).clip(0, 1).astype(np.float32)


def _outlines(corners: NDArray[np.int64], random: Random) -> NDArray[np.float64]:
    """Outlines [count, 24, 2] of shapes of about radius 1 with so many ``corners`` [count].

    Shapes of fewer corners than 24 have points twice. All but upright rectangles are turned, and
    flattened, at random.
    """
    count = len(corners)
    upright = (corners == 0)[:, None]
    corners = np.where(corners, corners, 4)[:, None]
    corner = np.arange(_POINTS) * corners // _POINTS
    angle = 2 * np.pi * (corner + random.random((count, 1))) / corners
    order = np.arange(2, 5)[:, None, None]
    waves = random.normal(0, 0.12, (2, 3, count, 1)) * (random.random((count, 1)) < 0.6)
    smooth = 1 + (waves[0] * np.cos(order * angle) + waves[1] * np.sin(order * angle)).sum(0)
    jagged = np.take_along_axis(random.uniform(0.6, 1.2, (count, _POINTS)), corner, axis=1)
    reach = np.where(corners == _POINTS, smooth, jagged)
    flat = 2.0 ** -random.exponential(0.9, (count, 1))
    rows, columns = reach * np.sin(angle) * flat, reach * np.cos(angle)
    turn = random.uniform(0, np.pi, (count, 1))
    turned = (
        rows * np.cos(turn) - columns * np.sin(turn),
        rows * np.sin(turn) + columns * np.cos(turn),
    )
    side = random.uniform(0.3, 1, (2, count, 1))
    box = side[0] * 2 * _BOX[0][corner % 4], side[1] * _BOX[1][corner % 4]
    return np.stack([np.where(upright, b, t) for b, t in zip(box, turned, strict=True)], axis=2)


def _shade(leaves: Leaves, random: Random, roundness: float) -> Field:
    """Light from one side, and edges that turn away from it, within each leaf."""
    count, label = len(leaves.radii), leaves.labels
    size = len(label)
    place = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij"), axis=2)
    away = (place - leaves.centres[label]) / leaves.radii[label][..., None]
    sun = random.normal(0, 1, 2)
    slope = random.normal(0, 0.1, (count, 2)) + sun * random.exponential(0.1, (count, 1))
    turned = random.exponential(roundness, count)[label] * (away**2).sum(2).clip(0, 1.5)
    return np.asarray((slope[label] * away).sum(2).clip(-0.6, 0.6) - turned, np.float32)


def _texture(leaves: Leaves, random: Random, stripes: float) -> Field:
    """Grain, coarse or fine, on every leaf, and stripes on some."""
    count, label = len(leaves.radii), leaves.labels
    size = len(label)
    strength = random.exponential(0.06, (2, count))
    grain = sum(
        strength[kind][label] * noise(size, random, slope) for kind, slope in enumerate((0.5, 1.2))
    )
    period = random.uniform(3, 14, count)
    upright = random.random(count) < 0.5
    angle = np.where(upright, random.integers(2, size=count), random.random(count)) * np.pi / 2
    rows = (2 * np.pi / period * np.sin(angle))[label] * np.arange(size)[:, None]
    columns = (2 * np.pi / period * np.cos(angle))[label] * np.arange(size)[None]
    strong = random.uniform(0.1, 0.5, count) * (random.random(count) < stripes)
    wave = np.clip(2 * np.sin(rows + columns), -1, 1)
    return np.asarray(grain + strong[label] * wave, np.float32)


def _depth(leaves: Leaves) -> Field:
    """How much light reaches what lies below others: the less the deeper, and near their edges."""
    rank = np.asarray(leaves.labels * (255 / len(leaves.radii)), np.uint8)
    around = Image.fromarray(rank).filter(ImageFilter.GaussianBlur(len(rank) / 50))
    above = np.asarray(around, np.float32) - rank
    return np.asarray(1 - 0.7 * np.clip(above / 255, 0, 1), np.float32)
