"""Make a test: everything is painted beforehand, so that raters wait for nothing."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import AbTest, Content, Entrant, Medium
from pleinair.studio.models import opened
from pleinair.video import (
    Frame,
    VideoReader,
    is_picture,
    probe,
    read_picture,
    stylize_images,
    write_picture,
)
from pleinair.video.reader import Image as Pixels
from pleinair.video.stylize import Paint

QUESTION = "Which looks better?"
_SHARE = 0.1  # of a sitting that is repeats, and checks
_BLOCKS = 40  # across a spoilt picture
_NOISE = 30.0  # of 255, standard deviation

Say = Callable[[str, int, int], object]


def make(
    store: Store,
    name: str,
    models: Sequence[str],
    contents: Sequence[tuple[str, Path]],
    *,
    styles: Sequence[str] = (),
    question: str = QUESTION,
    trials: int = 30,
    longer: int = 960,
    seconds: float = 6.0,
) -> AbTest:
    """Keep a new test; `paint` makes what is shown in it, and opens it.

    Args:
        store: where to.
        name: for its owner; raters don't see it.
        models: names of models, or files, of which the first style is taken unless there are
            `styles`; `NAME=MODEL` gives it another name.
        contents: names and files of photos and clips.
        styles: what all models paint; every content comes once in each.
        question: that raters are asked.
        trials: pairs of one sitting; a tenth are repeats and a tenth checks, of these at least 2.
        longer: side of what is shown, in pixels; larger ones are made smaller before painting.
        seconds: of a clip that are shown, from its middle.

    Raises:
        StyleError: a model can't be read, or does not have a style.
        MediaError: a photo or clip can't be read.
        ValueError: too little to compare, or the same twice.
    """
    if trials < 4:
        raise ValueError("a sitting has at least 4 pairs")
    for model in models:
        for style in styles or ("",):
            opened(_source(model), style)
    test = AbTest(
        name=name,
        question=question,
        created=time.time(),
        trials=trials,
        repeats=round(_SHARE * trials),
        checks=max(2, round(_SHARE * trials)),
    )
    entrants = [Entrant(name=_name(model), source=_source(model)) for model in models]
    sources = [_content(name, path, longer, seconds) for name, path in contents]
    rows = [Content(style=style, **source) for source in sources for style in styles or ("",)]
    return store.add(test, entrants, rows)


def paint(store: Store, token: str, say: Say = lambda _text, _done, _total: None) -> None:
    """Paint all of a test that isn't painted yet, and open it to raters.

    What is done stays done: after an interruption it goes on from there.

    Args:
        store: where the test is.
        token: which one.
        say: called with what comes next, and how many of how many files are done.
    """
    test = store.test(token)
    entrants = {entrant.id: entrant for entrant in store.entrants(test)}
    contents = {content.id: content for content in store.contents(test)}
    media = sorted(store.media(test), key=lambda m: (m.entrant_id or 0, m.content_id))
    (store.folder / "media").mkdir(parents=True, exist_ok=True)
    for done, medium in enumerate(media):
        content = contents[medium.content_id]
        # The spoilt ones are made of the first model's.
        entrant = entrants[medium.entrant_id or min(entrants)]
        say(f"{entrant.name}, {content.name} {content.style}".rstrip(), done, len(media))
        if not medium.painted:
            painter = opened(entrant.source, content.style)
            _make(store, medium, content, painter if medium.entrant_id else _spoilt(painter))
            store.mark_painted(medium)
    say("", len(media), len(media))
    if store.test(token).status == "painting":
        store.set_status(token, "open")


def _name(model: str) -> str:
    name, equals, source = model.partition("=")
    if equals:
        return name
    stem = Path(source or name).name
    if stem.endswith(".pb"):  # as `pleinair evaluate` calls it
        return f"{stem.removesuffix('_init_net.pb')} (2017)"
    return stem.removesuffix(".onnx")


def _source(model: str) -> str:
    source = model.partition("=")[2] or model
    path = Path(source)
    return str(path.resolve()) if path.is_file() else source


def _content(name: str, path: Path, longer: int, seconds: float) -> dict[str, object]:
    source = str(path.resolve())
    if is_picture(path):
        height, width = read_picture(path).shape[:2]
        width, height = _fitted(width, height, longer)
        return {"name": name, "source": source, "width": width, "height": height}
    clip = probe(path)
    # The clips of video formats have even sides.
    width, height = _fitted(round(clip.width * clip.pixel_aspect), clip.height, longer, even=True)
    rate = max(1, round(clip.rate))
    return {
        "name": name,
        "source": source,
        "width": width,
        "height": height,
        "frames": max(1, min(clip.frames, round(seconds * rate))),
        "rate": rate,
    }


def _fitted(width: int, height: int, longer: int, *, even: bool = False) -> tuple[int, int]:
    scale = min(1.0, longer / max(width, height))
    step = 2 if even else 1
    across, down = (max(16, step * round(side * scale / step)) for side in (width, height))
    return across, down


def _make(store: Store, medium: Medium, content: Content, paint: Paint) -> None:
    target = store.medium_path(medium, content)
    size = (content.width, content.height)
    source = Path(content.source)
    if content.frames:
        stylize_images(
            _frames(source, size, content.frames),
            target,
            paint,
            count=content.frames,
            size=size,
            rate=content.rate,
        )
    else:
        write_picture(target, paint(read_picture(source, size)))
    # When it was made would say which model made it.
    os.utime(target, (0, 0))


def _frames(source: Path, size: tuple[int, int], count: int) -> Iterator[Pixels]:
    """Consecutive frames from the middle of a clip."""
    start = max(0, (probe(source).frames - count) // 2)
    with VideoReader(source, size) as reader:
        shown = (item.image for item in reader if isinstance(item, Frame))
        for image in islice(shown, start, start + count):
            assert isinstance(image, np.ndarray)
            yield image


def _spoilt(paint: Paint) -> Paint:
    """What makes a painting worse for everybody: grey, coarse blocks with noise."""

    def spoil(frame: Pixels) -> Pixels:
        picture = Image.fromarray(paint(frame)).convert("L")
        small = max(1, _BLOCKS), max(1, math.ceil(_BLOCKS * picture.height / picture.width))
        coarse = picture.resize(small, Image.Resampling.BOX)
        coarse = coarse.resize(picture.size, Image.Resampling.NEAREST).convert("RGB")
        noise = np.random.default_rng(0).normal(0, _NOISE, frame.shape)
        return np.clip(np.asarray(coarse) + noise, 0, 255).astype(np.uint8)

    return spoil
