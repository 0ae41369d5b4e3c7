"""The still layers of the demo scene: sky, mountains, hills with a house, the near bank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

Field: TypeAlias = NDArray[np.float32]  # H×W, usually 0..1
Colour: TypeAlias = tuple[float, float, float]  # 0..1

_FINE = 3  # outlines are drawn this much larger and averaged down


@dataclass(frozen=True, eq=False)
class Layer:
    """A wide picture of which the camera sees a window.

    `pixels` is H×W×4, 0..1, with premultiplied alpha; its last row is at the foot of what it is
    drawn for, the shore or the picture. `speed` is how fast it passes by: 0 for
    something infinitely far away, 1 for the distance that the camera's pan is given for.
    `chimney` is where smoke starts, as fractions of the height, from the left and the top.
    """

    pixels: Field
    speed: float
    chimney: tuple[float, float] = (0.0, 0.0)

    def offset(self, pan: float, width: int) -> float:
        """Columns of the layer to the left of a `width` pixels wide window."""
        return pan * self.speed * width

    def window(self, pan: float, width: int) -> Field:
        """Cut out `width` columns at a pan given in window widths, between columns smoothly."""
        offset = self.offset(pan, width)
        left = int(offset)
        part = np.float32(offset - left)
        here = self.pixels[:, left : left + width]
        return here * (1 - part) + self.pixels[:, left + 1 : left + 1 + width] * part


def noise(height: int, width: int, cell: float, seed: int, octaves: int = 5) -> Field:
    """Sum of smooth random fields, each twice as fine and half as strong, scaled to 0..1.

    Args:
        height: of the result.
        width: of the result.
        cell: size of the coarsest features in pixels.
        seed: of the random numbers.
        octaves: how many fields.
    """
    random = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        size = cell / 2**octave
        if size < 1:
            break
        grid = random.random((int(height / size) + 4, int(width / size) + 4), np.float32)
        box = (1.5, 1.5, 1.5 + width / size, 1.5 + height / size)
        smooth = Pillow.fromarray(grid).resize((width, height), Pillow.Resampling.BICUBIC, box)
        total += np.asarray(smooth) / 2**octave
    total -= total.min()
    return total / max(float(total.max()), 1e-6)


def sky(width: int, height: int) -> Layer:
    """An evening sky: blue above, gold at the horizon, a low sun, clouds lit from below."""
    y, x = np.mgrid[:height, :width].astype(np.float32) / height
    colours = _gradient(
        y,
        [
            (0.0, (0.20, 0.38, 0.70)),
            (0.45, (0.47, 0.66, 0.86)),
            (0.75, (0.95, 0.80, 0.62)),
            (1.0, (0.99, 0.62, 0.38)),
        ],
    )
    distance = np.hypot(x - 1.75, y - 0.30)
    glow = np.exp(-((distance / 0.35) ** 2)) * 0.55
    disc = np.clip((0.075 - distance) * height / 1.5 + 0.5, 0, 1)
    colours = _mix(colours, (1.0, 0.90, 0.60), glow)
    colours = _mix(colours, (1.0, 0.96, 0.80), disc)
    # Stretching the noise sideways, more so near the horizon, lays the clouds flat.
    puffs = noise(height, width, height * 0.5, seed=3, octaves=6)
    streaks = noise(height * 3, width, height * 0.7, seed=8)[::3]
    cover = 0.62 * puffs + 0.38 * streaks
    alpha = np.clip((cover - 0.47) * 5.0, 0, 1) * np.clip(1.2 - y * 1.1, 0, 1)
    step = max(1, height // 24)
    above = np.pad(cover, ((step, 0), (0, 0)), mode="edge")[:height]
    shade = np.clip((cover - above) * 6 + 0.55, 0, 1)
    bright = _mix(
        np.broadcast_to(_rgb((0.62, 0.60, 0.72)), colours.shape), (1.0, 0.95, 0.88), shade
    )
    colours = colours * (1 - alpha[..., None]) + bright * alpha[..., None]
    return Layer(_opaque(colours), speed=0.15)


def mountains(width: int, height: int) -> Layer:
    """Two blue ridges in the haze, the farther one with snow."""
    y, _ = np.mgrid[:height, :width].astype(np.float32) / height
    result = np.zeros((height, width, 4), np.float32)
    for seed, top, depth, colour, snow in [
        (21, 0.38, 0.34, (0.46, 0.52, 0.70), 0.9),
        (27, 0.60, 0.24, (0.33, 0.43, 0.58), 0.0),
    ]:
        edge = top + depth * (1 - noise(1, width, height * 0.6, seed, octaves=7)[0])
        rock = noise(height, width, height * 0.10, seed + 1)
        slope = noise(height, width, height * 0.25, seed + 2, octaves=3)
        colours = np.broadcast_to(_rgb(colour), (height, width, 3))
        colours = colours * (0.78 + 0.45 * rock * slope)[..., None]
        below = np.clip((y - edge) / 0.3, 0, 1)
        white = np.clip((0.10 + 0.10 * rock - (y - edge)) * 20, 0, 1) * snow
        colours = _mix(colours, (0.96, 0.93, 0.95), white * (0.55 + 0.45 * slope))
        colours = _mix(colours, (0.93, 0.76, 0.66), 0.45 * below)
        _paint(result, colours, np.clip((y - edge) * height + 0.5, 0, 1))
    return Layer(_covered(result), speed=0.35)


def hills(width: int, height: int) -> Layer:
    """Green hills with fields and woods down to the shore, and a house by the water."""
    y, _ = np.mgrid[:height, :width].astype(np.float32) / height
    result = np.zeros((height, width, 4), np.float32)
    for seed, top, depth, colour in [
        (41, 0.76, 0.16, (0.36, 0.52, 0.30)),
        (47, 0.84, 0.13, (0.44, 0.60, 0.26)),
    ]:
        edge = top + depth * (1 - noise(1, width, height * 0.9, seed, octaves=4)[0])
        patches = noise(height, width, height * 0.3, seed + 1, octaves=1)
        straw = np.clip(np.round(patches * 5 - 0.5) / 5 - 0.25, 0, 1).astype(np.float32)
        grass = noise(height * 2, width, height * 0.04, seed + 2)[::2]
        colours = np.broadcast_to(_rgb(colour), (height, width, 3))
        colours = _mix(colours, (0.80, 0.70, 0.30), 0.7 * straw)
        colours = colours * (0.72 + 0.5 * grass)[..., None]
        colours = colours * (1.1 - 0.9 * np.clip(y - edge, 0, 0.4))[..., None]
        _paint(result, colours, np.clip((y - edge) * height + 0.5, 0, 1))
        _woods(result, edge, seed + 3)
    house_x = 0.80
    _drawn(result, lambda draw, unit: _house(draw, unit, house_x))
    return Layer(_covered(result), speed=0.7, chimney=(house_x + 0.058, 0.735))


def bank(width: int, height: int) -> Layer:
    """The near bank along the lower edge, no higher than its grass, reeds and flowers."""
    random = np.random.default_rng(63)
    y, _ = np.mgrid[:height, :width].astype(np.float32) / height
    result = np.zeros((height, width, 4), np.float32)
    edge = 0.90 + 0.09 * noise(1, width, height * 0.8, 61, octaves=3)[0]
    texture = noise(height, width * 2, height * 0.05, 62)[:, ::2]
    colours = np.broadcast_to(_rgb((0.20, 0.34, 0.14)), (height, width, 3))
    colours = colours * (0.55 + 0.9 * texture)[..., None]
    _paint(result, colours, np.clip((y - edge) * height + 0.5, 0, 1))

    def plants(draw: ImageDraw.ImageDraw, unit: float) -> None:
        for _ in range(round(420 * width / height)):
            root = random.random() * width / height
            ground = float(edge[min(width - 1, int(root * height))])
            foot = ground + 0.1 * random.random()
            length = 0.03 + 0.07 * random.random() ** 2
            lean = 0.03 * random.normal()
            green = 0.6 + 0.7 * random.random()
            colour = _bytes((0.25 * green, 0.44 * green, 0.15 * green))
            tip = (unit * (root + lean), unit * (foot - length))
            half = unit * 0.003
            draw.polygon(
                [(unit * root - half, unit * foot), tip, (unit * root + half, unit * foot)],
                fill=colour,
            )
            if random.random() < 0.10:
                hue = [(0.95, 0.80, 0.25), (0.90, 0.32, 0.28), (0.93, 0.90, 0.95)]
                radius = unit * (0.004 + 0.004 * random.random())
                draw.ellipse(
                    [tip[0] - radius, tip[1] - radius, tip[0] + radius, tip[1] + radius],
                    fill=_bytes(hue[random.integers(3)]),
                )

    _drawn(result, plants)
    return Layer(_covered(result), speed=1.15)


def _covered(result: Field) -> Field:
    """Leave out the empty rows at the top."""
    return result[int(np.flatnonzero(result[..., 3].any(axis=1))[0]) :]


def _woods(result: Field, edge: Field, seed: int) -> None:
    """Set trees along the edge of a hill and in clumps below it."""
    random = np.random.default_rng(seed)
    height, width, _ = result.shape
    clumps = noise(1, width, height * 0.25, seed + 1, octaves=3)[0]

    def trees(draw: ImageDraw.ImageDraw, unit: float) -> None:
        for _ in range(round(260 * width / height)):
            column = random.integers(width)
            if clumps[column] < 0.5:
                continue
            foot = float(edge[column]) + 0.015 + 0.08 * random.random() ** 2
            x, size = column / height, 0.012 + 0.016 * random.random()
            green = 0.75 + 0.45 * random.random()
            for part, light in [(1.0, 0.62), (0.8, 0.85), (0.5, 1.15)]:
                shade = green * light
                radius = unit * size * part
                middle = (
                    unit * (x - 0.25 * size * (1 - part)),
                    unit * (foot - size * (1.9 - part)),
                )
                draw.ellipse(
                    [
                        middle[0] - 0.8 * radius,
                        middle[1] - 1.2 * radius,
                        middle[0] + 0.8 * radius,
                        middle[1] + 1.2 * radius,
                    ],
                    fill=_bytes((0.17 * shade, 0.33 * shade, 0.14 * shade)),
                )

    _drawn(result, trees)


def _house(draw: ImageDraw.ImageDraw, unit: float, left: float) -> None:
    """A white house with a red roof, and two cypresses; `left` in fractions of the height."""

    def shape(colour: Colour, *points: tuple[float, float]) -> None:
        draw.polygon([(unit * (left + x), unit * y) for x, y in points], fill=_bytes(colour))

    for x, top in [(-0.075, 0.70), (-0.045, 0.74), (0.245, 0.72)]:
        dark = [
            (x, top),
            (x + 0.018, 0.86),
            (x + 0.014, 0.965),
            (x - 0.014, 0.965),
            (x - 0.018, 0.86),
        ]
        shape((0.10, 0.22, 0.14), *dark)
        shape(
            (0.17, 0.33, 0.17),
            (x, top + 0.02),
            (x - 0.002, 0.95),
            (x - 0.012, 0.95),
            (x - 0.014, 0.86),
        )
    shape((0.86, 0.80, 0.70), (0.0, 0.86), (0.13, 0.86), (0.13, 0.965), (0.0, 0.965))
    shape((0.66, 0.58, 0.54), (0.13, 0.86), (0.20, 0.855), (0.20, 0.96), (0.13, 0.965))
    shape((0.55, 0.30, 0.24), (0.045, 0.735), (0.07, 0.735), (0.07, 0.82), (0.045, 0.82))
    shape((0.78, 0.30, 0.20), (-0.012, 0.868), (0.03, 0.785), (0.165, 0.782), (0.138, 0.868))
    shape((0.56, 0.20, 0.16), (0.165, 0.782), (0.212, 0.862), (0.138, 0.868))
    for x in (0.018, 0.092):
        shape((0.98, 0.82, 0.42), (x, 0.885), (x + 0.022, 0.885), (x + 0.022, 0.92), (x, 0.92))
    shape((0.32, 0.22, 0.18), (0.055, 0.895), (0.078, 0.895), (0.078, 0.965), (0.055, 0.965))
    shape((0.50, 0.36, 0.26), (0.26, 0.975), (0.40, 0.985), (0.40, 0.995), (0.26, 0.985))


def _drawn(result: Field, drawing: Callable[[ImageDraw.ImageDraw, float], None]) -> None:
    """Run `drawing` on a fine canvas, in units of the height, and lay it over `result`."""
    height, width, _ = result.shape
    canvas = Pillow.new("RGBA", (width * _FINE, height * _FINE))
    drawing(ImageDraw.Draw(canvas), height * _FINE)
    fine = np.asarray(canvas, np.float32) / 255
    fine[..., :3] *= fine[..., 3:]  # before averaging, or edges would turn dark
    small = fine.reshape(height, _FINE, width, _FINE, 4).mean(axis=(1, 3))
    result *= 1 - small[..., 3:]
    result += small


def _paint(result: Field, colours: Field, alpha: Field) -> None:
    """Lay opaque colours over `result` where `alpha` says."""
    result *= 1 - alpha[..., None]
    result += _opaque(colours) * alpha[..., None]


def _opaque(colours: Field) -> Field:
    return np.concatenate([colours, np.ones_like(colours[..., :1])], axis=2).astype(np.float32)


def _gradient(position: Field, stops: list[tuple[float, Colour]]) -> Field:
    places = [place for place, _ in stops]
    channels = [np.interp(position, places, [c[i] for _, c in stops]) for i in range(3)]
    return np.stack(channels, axis=2).astype(np.float32)


def _mix(colours: Field, colour: Colour, share: Field) -> Field:
    mixed: Field = colours * (1 - share[..., None]) + _rgb(colour) * share[..., None]
    return mixed


def _rgb(colour: Colour) -> Field:
    return np.array(colour, np.float32)


def _bytes(colour: Colour) -> tuple[int, int, int, int]:
    red, green, blue = (min(255, round(255 * part)) for part in colour)
    return red, green, blue, 255
