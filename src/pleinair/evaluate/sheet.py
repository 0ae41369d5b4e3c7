"""Contact sheets: every style beside every other, on the same pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from pleinair.evaluate.models import Painter, Pixels
from pleinair.train.data import find_images, read_image
from pleinair.video import Frame, VideoReader, probe, scene

_GAP = 6
_GROUND, _INK = (250, 249, 246), (35, 33, 29)
_TEXT = 0.075  # height of the text, of a tile's


def contact_sheet(
    painters: Sequence[tuple[Painter, Path | None]],
    sources: Sequence[Pixels],
    tile: tuple[int, int],
    advance: Callable[[], object] = lambda: None,
) -> Pixels:
    """A row for each painter: its painting (a file, where known) and name, then each source.

    Above them are the sources unpainted. All are cut to ``tile`` (width, height) and painted at
    that size, pixel for pixel. ``advance`` is called after each row. Gives H×W×3 uint8.
    """
    shown = [_fitted(Image.fromarray(source), tile) for source in sources]
    width, height = tile
    left = round((0.75 if any(art for _, art in painters) else 0.5) * width)
    across = left + _GAP + len(shown) * (width + _GAP)
    down = _GAP + (len(painters) + 1) * (height + _GAP)
    sheet = Image.new("RGB", (across, down), _GROUND)
    for row, entry in enumerate([None, *painters]):
        top = _GAP + row * (height + _GAP)
        if entry is not None:
            painter, painting = entry
            sheet.paste(_label(painter, painting, (left - 2 * _GAP, height)), (_GAP, top))
        for column, source in enumerate(shown):
            made = source if entry is None else entry[0].paint(source)
            at = (left + _GAP + column * (width + _GAP), top)
            sheet.paste(Image.fromarray(made), at)
        if entry is not None:
            advance()
    return np.asarray(sheet)


def _label(painter: Painter, painting: Path | None, size: tuple[int, int]) -> Image.Image:
    """The painting above the style's name and its model's."""
    label = Image.new("RGB", size, _GROUND)
    line = round(_TEXT * size[1])
    foot = size[1] - 3 * line if painting else size[1] // 2 - 2 * line
    if painting is not None:
        art = ImageOps.contain(read_image(painting), (size[0], foot - line // 2))
        label.paste(art, (0, 0))
    draw = ImageDraw.Draw(label)
    name = painter.style.replace("-", " ")
    large = 1.25 * line
    needed = draw.textlength(name, font=ImageFont.load_default(large))
    draw.text((0, foot), name, _INK, ImageFont.load_default(large * min(1, size[0] / needed)))
    if painter.model != painter.style:
        draw.text((0, foot + 1.6 * line), painter.model, _INK, ImageFont.load_default(line))
    return label


def _fitted(image: Image.Image, tile: tuple[int, int]) -> Pixels:
    return np.asarray(ImageOps.fit(image, tile, Image.Resampling.LANCZOS))


def read_sources(
    photos: Sequence[Path], clips: Sequence[Path], count: int, frames: int
) -> list[Pixels]:
    """What a sheet shows: ``count`` photos, and ``frames`` of each clip, both evenly spaced.

    Paths are files or folders. With neither photos nor clips, moments of the drawn scene.
    """
    if not photos and not clips:
        return drawn_sources(count)
    files = [f for path in photos for f in (find_images([path]) if path.is_dir() else [path])]
    sources = [np.asarray(read_image(files[i])) for i in spaced(len(files), count)]
    for clip in clips:
        sources += _clip_frames(clip, frames)
    return sources


def drawn_sources(count: int) -> list[Pixels]:
    """``count`` moments of the scene that the package draws, 960×540."""
    drawn = 150
    wanted = set(spaced(drawn, count))
    return [f for i, f in enumerate(scene.frames(drawn, 960, 540)) if i in wanted]


def spaced(total: int, count: int) -> list[int]:
    """``count`` of the numbers below ``total``, or all, evenly spaced within."""
    count = min(count, total)
    return [(2 * i + 1) * total // (2 * count) for i in range(count)]


def _clip_frames(path: Path, count: int) -> list[Pixels]:
    if path.is_dir():
        files = find_images([path])
        return [np.asarray(read_image(files[i])) for i in spaced(len(files), count)]
    wanted = spaced(probe(path).frames, count)
    with VideoReader(path) as reader:
        shown = (item.image for item in reader if isinstance(item, Frame))
        first = enumerate(islice(shown, wanted[-1] + 1))
        return [f for i, f in first if i in wanted and isinstance(f, np.ndarray)]
