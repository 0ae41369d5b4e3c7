"""Pictures to practise on that need no camera: leaves, landscapes, objects, textures.

Photographs of all kinds have two things in common that these have too: things hide one another,
and there is structure of every size. They are drawn from numbers alone, the same for the same
seed, so that training needs no photographs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from pleinair.train.leaves import AXES, SHAPES, Field, Light, coloured, noise, palette, scatter
from pleinair.video.scene import frames

Random: TypeAlias = np.random.Generator
Pixels: TypeAlias = NDArray[np.uint8]
Kind: TypeAlias = Callable[[int, Random], Light]


def drawings(
    count: int, size: int, seed: int, advance: Callable[[], object] = lambda: None
) -> list[Image.Image]:
    """Draw ``count`` RGB pictures of ``size`` × ``size`` pixels; ``advance`` is called after each.

    Each depends on its number, the size and the seed alone.
    """
    made = []
    for index in range(count):
        made.append(Image.fromarray(draw(size, np.random.default_rng((seed, index)))))
        advance()
    return made


@cache
def scenes() -> tuple[Image.Image, ...]:
    """Four frames of the demo's scene."""
    return tuple(Image.fromarray(frame) for frame in frames(4, 800, 512))


def draw(size: int, random: Random) -> Pixels:
    """Draw one picture of a random kind: uint8 [size, size, 3]."""
    kinds, shares = zip(*KINDS.items(), strict=True)
    kind = kinds[random.choice(len(kinds), p=shares)]
    return _developed(kind(size, random), random)


def _foliage(size: int, random: Random) -> Light:
    """Dead leaves of all sizes, from pebbles to a wood."""
    radii = (size * random.uniform(0.012, 0.05), size * random.uniform(0.15, 0.5))
    leaves = scatter(size, random, count=1000, radii=radii, shapes=SHAPES)
    return coloured(leaves, palette(random, 40), random)


def _city(size: int, random: Random) -> Light:
    """Upright rectangles before one another, many of them striped, under a sky."""
    view = _sky(size, random)
    blocks = scatter(size, random, count=160, radii=(0.03 * size, 0.3 * size), shapes=AXES)
    built = coloured(blocks, palette(random, 24), random, stripes=0.6)
    top = size * (0.25 + 0.25 * _line(size, random, 0.6))
    steps = np.repeat(top[:: size // 12 or 1], size // 12 or 1)[:size]
    return _laid(view, built, _rows(size) > steps)


def _landscape(size: int, random: Random) -> Light:
    """Sky, ridges in the haze, and before them ground with things on it."""
    view = _sky(size, random)
    haze, near = palette(random, 2)
    ridges = int(random.integers(2, 5))
    horizon = random.uniform(0.3, 0.6)
    for ridge in range(ridges):
        share = (ridge + 1) / ridges
        top = size * (horizon + 0.22 * share + 0.12 * _line(size, random, random.uniform(1.2, 2.2)))
        rough = noise(size, random, 1.2)[..., None]
        rock = haze * (1 - share) + near * share + 0.05 * (0.5 + share) * rough
        view = _laid(view, np.asarray(rock, np.float32), _rows(size) > top)
    top = size * (horizon + 0.28 + 0.06 * _line(size, random, 1.9))
    small = size * random.uniform(0.008, 0.025)
    leaves = scatter(size, random, count=700, radii=(small, 0.15 * size), shapes=SHAPES)
    ground = coloured(leaves, palette(random, 12), random)
    return _laid(view, ground, _rows(size) > top)


def _objects(size: int, random: Random) -> Light:
    """A few large bodies with light on them, before a background out of focus."""
    back = random.choice(np.array([_foliage, _gradients, _sky], dtype=object))(size, random)
    view = _blurred(back, size * random.uniform(0.01, 0.05))
    few = int(random.integers(3, 12))
    radii = (0.1 * size, 0.4 * size)
    bodies = scatter(size, random, count=few, radii=radii, shapes=SHAPES, round_share=0.7)
    lit = coloured(bodies, palette(random, 12), random, stripes=0.15, roundness=0.35)
    return _laid(view, lit, bodies.labels > 0)


def _textures(size: int, random: Random) -> Light:
    """Marble: colours that change where smooth random fields with a 1/f spectrum do."""
    colours = palette(random, int(random.integers(3, 7)))
    slope = random.uniform(0.9, 1.8)
    stretch = 2.0 ** random.uniform(-2, 2)
    fields = np.stack([noise(size, random, slope, stretch) for _ in colours], axis=2)
    weights = np.exp(random.uniform(1, 5) * fields.clip(-3, 3))
    weights /= weights.sum(axis=2, keepdims=True)
    return np.asarray(weights @ colours, np.float32)


def _gradients(size: int, random: Random) -> Light:
    """Smooth changes of colour, with little in them."""
    knots = int(random.integers(2, 5))
    colours = palette(random, knots * knots).reshape(knots, knots, 3)
    smooth = _enlarged(colours, size)
    grain = noise(size, random, 1.0)[..., None]
    return np.asarray(smooth + random.uniform(0, 0.06) * grain, np.float32)


def _sky(size: int, random: Random) -> Light:
    """A gradient from top to horizon, with clouds."""
    high, low, cloud = palette(random, 3)
    height = _rows(size)[..., None] / size
    air = high * (1 - height) + np.maximum(low, high) * height
    cover = noise(size, random, 1.4, stretch=random.uniform(1, 4))[..., None]
    cover = np.clip(cover * 0.5 + random.uniform(-0.5, 0.3), 0, 1)
    return np.asarray(air * (1 - cover) + (0.5 + 0.5 * cloud) * cover, np.float32)


def _scene(size: int, random: Random) -> Light:
    """A part of the demo's scene, in other colours."""
    frame = scenes()[int(random.integers(len(scenes())))]
    side = round(frame.height * random.uniform(0.4, 1.0))
    left = int(random.integers(frame.width - side + 1))
    top = int(random.integers(frame.height - side + 1))
    box = (left, top, left + side, top + side)
    view = np.asarray(frame.resize((size, size), Image.Resampling.BICUBIC, box), np.float32) / 255
    turned = view @ (np.eye(3) + random.normal(0, 0.15, (3, 3)))
    return np.asarray(turned, np.float32)


KINDS: dict[Kind, float] = {
    _foliage: 0.25,
    _landscape: 0.25,
    _objects: 0.25,
    _city: 0.07,
    _textures: 0.06,
    _gradients: 0.04,
    _scene: 0.08,
}
"""How to draw each kind of picture, and which share of all pictures it has."""


def _developed(light: Light, random: Random) -> Pixels:
    """A photograph of this light: exposed for most of it, with a cast, a fall-off and grain."""
    size = len(light)
    low, high = np.percentile(light, (1, 99))
    light = (light - low) / max(float(high - low), 0.1)
    reach = random.uniform(0.7, 1.0)
    light = light * reach + random.uniform(0, 1 - reach)
    away = np.hypot(_rows(size) - size / 2, _rows(size).T - size / 2)[..., None] / size
    light = light * (1 - random.uniform(0, 0.5) * away**2)
    shown = np.clip(light * random.normal(1, 0.05, 3), 0, 1) ** random.uniform(0.7, 1.5)
    shown += random.uniform(0, 0.02) * random.standard_normal(light.shape)
    return np.asarray(np.clip(shown, 0, 1) * 255 + 0.5, np.uint8)


def _laid(below: Light, above: Light, where: NDArray[np.bool_]) -> Light:
    """``above`` over ``below`` where wanted, with edges a pixel soft."""
    mask = Image.fromarray(np.asarray(where, np.uint8) * 255)
    soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(0.7)), np.float32)[..., None] / 255
    return np.asarray(below * (1 - soft) + above * soft, np.float32)


def _blurred(light: Light, radius: float) -> Light:
    picture = Image.fromarray(np.asarray(np.clip(light, 0, 1) * 255, np.uint8))
    blurred = np.asarray(picture.filter(ImageFilter.GaussianBlur(radius)), np.float32)
    return blurred * np.float32(1 / 255)


def _enlarged(colours: Light, size: int) -> Light:
    bands = [Image.fromarray(colours[..., band]) for band in range(3)]
    bicubic = Image.Resampling.BICUBIC
    large = [np.asarray(band.resize((size, size), bicubic), np.float32) for band in bands]
    return np.asarray(np.stack(large, axis=2), np.float32)


def _rows(size: int) -> Field:
    """The row of every pixel: [size, size]."""
    return np.repeat(np.arange(size, dtype=np.float32)[:, None], size, axis=1)


def _line(size: int, random: Random, slope: float) -> Field:
    """A random outline [size], mostly within −1..1: smoother with a higher ``slope``."""
    return np.asarray(noise(size, random, slope)[0] / 2, np.float32)
