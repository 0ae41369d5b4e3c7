"""Models of every kind that the board takes, each as painters of frames, one for each style."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from PIL import Image

from pleinair.convert import import_caffe2, predict_beside
from pleinair.engine import EngineError, Session, ValueInfo
from pleinair.evaluate import cost
from pleinair.styles import StyleError, find
from pleinair.styles.artwork import artworks

Pixels = NDArray[np.uint8]
Paint = Callable[[Pixels], Pixels]


@dataclass(frozen=True)
class Painter:
    """One style of one model.

    Attributes:
        model: the model's name.
        style: the style's name.
        key: hash of everything that decides what it paints.
        file_key: hash of the model file.
        paint: maps H×W×3 uint8 RGB to the same.
        size_bytes: of the model file.
        styles: number of styles in the file.
        parameters: learned values in the file.
        costs: gives the multiply-adds for a picture of height and width.
        fixed: height and width, where the model paints no other.
        record: its training record, where it has one.
    """

    model: str
    style: str
    key: str
    file_key: str
    paint: Paint
    size_bytes: int
    styles: int
    parameters: int
    costs: Callable[[int, int], int]
    fixed: tuple[int, int] | None = None
    record: dict[str, Any] = field(default_factory=dict)


def open_painters(model: str, threads: int) -> list[Painter]:
    """The styles of ``model``: an ONNX file, a style's name, or an ``init_net.pb`` of 2017
    with its ``predict_net.pb`` beside it.

    The name of a style within a file of several gives this one alone.
    ONNX files are ours (``image`` to ``painted``, uint8, with or without ``style``, ``strength``
    and ``colours``) or float [1, 3, height, width] to the same, in 0..255. Raises ``ValueError``
    naming the file for anything else.
    """
    path = find(model)
    content = path.read_bytes()
    try:
        source = content
        if path.suffix == ".pb":
            source = import_caffe2(path, predict_beside(path)).SerializeToString()
        session = Session(source, threads=threads)
        painters = _painters(path, content, onnx.load_from_string(source), session)
    except (EngineError, StyleError) as error:
        raise StyleError(f"{path}: {error}") from error
    return [painter for painter in painters if painter.style == model] or painters


def _painters(
    path: Path, content: bytes, proto: onnx.ModelProto, session: Session
) -> list[Painter]:
    name = path.name.removesuffix("_init_net.pb") if path.suffix == ".pb" else path.stem
    kinds = {value.name: value for value in session.inputs}
    image = session.inputs[0]
    ours = "image" in kinds and kinds["image"].dtype == np.uint8
    if ours and "painted" not in {value.name for value in session.outputs}:
        raise StyleError("not a style: it has no output 'painted'")
    styles = _style_names(session.metadata, kinds, name) if ours else [name]
    painters = []
    for index, style in enumerate(styles):
        extra = _extra(kinds, index, len(styles)) if ours else {}
        fixed = None if ours else _fixed_size(image)
        paint = _of_ours(session, extra) if ours else _of_floats(session, image, fixed)

        def costs(height: int, width: int) -> int:
            picture = (1, height, width, 3) if ours else (1, 3, height, width)
            shapes = {value.name: _shape(value) for value in session.inputs}
            shapes["image" if ours else image.name] = picture
            return cost.multiply_adds(proto, shapes)

        painters.append(
            Painter(
                model=f"{name} (2017)" if path.suffix == ".pb" else name,
                style=style,
                key=hashlib.sha256(content + style.encode()).hexdigest(),
                file_key=hashlib.sha256(content).hexdigest(),
                paint=paint,
                size_bytes=len(content),
                styles=len(styles),
                parameters=cost.parameters(proto),
                costs=costs,
                fixed=fixed,
                record=_record(session.metadata, index),
            )
        )
    return painters


def _style_names(metadata: dict[str, str], kinds: dict[str, ValueInfo], name: str) -> list[str]:
    names = [work.name for work in artworks(metadata, name)]
    count = _shape(kinds["style"])[0] if "style" in kinds else 1
    if len(names) != count:
        raise StyleError(f"it takes {count} styles, and names {len(names)} in its metadata")
    return names


def _record(metadata: dict[str, str], index: int) -> dict[str, Any]:
    """Settings of the training of one style; empty where the file holds none."""
    try:
        record = json.loads(metadata.get("pleinair.training", "{}"))
        settings = dict(record.get("config", {}))
        if "paintings" in settings:
            painting = settings["paintings"][index]
            settings |= {"painting": painting["file"], "painting_size": painting.get("size")}
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        raise StyleError(f"its metadata pleinair.training can't be read ({error})") from error
    return settings


def _extra(kinds: dict[str, ValueInfo], index: int, count: int) -> dict[str, NDArray[np.float32]]:
    """One style alone, at full strength, in the painting's colours."""
    settings = {"style": np.eye(count, dtype=np.float32)[index], "strength": 1.0, "colours": 0.0}
    for name in kinds.keys() - settings.keys() - {"image"}:
        raise StyleError(f"nothing is known of its input {name!r}")
    return {
        name: np.full(_shape(kinds[name]), value, np.float32)
        for name, value in settings.items()
        if name in kinds
    }


def _shape(value: ValueInfo) -> tuple[int, ...]:
    return tuple(dim if isinstance(dim, int) else 1 for dim in value.shape or ())


def _fixed_size(image: ValueInfo) -> tuple[int, int] | None:
    """Height and width of a planar float input that leaves no choice."""
    shape = image.shape or ()
    if len(shape) != 4 or shape[1] != 3 or image.dtype != np.float32:
        described = f"{image.name} ({image.dtype}, {shape})"
        raise StyleError(f"not a style: its input is {described}, not uint8 RGB or float 1×3×H×W")
    height, width = shape[2:]
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


def _of_ours(session: Session, extra: dict[str, NDArray[np.float32]]) -> Paint:
    def paint(frame: Pixels) -> Pixels:
        image = np.ascontiguousarray(frame)[np.newaxis]
        return np.asarray(session.run({**extra, "image": image})["painted"][0], np.uint8)

    return paint


def _of_floats(session: Session, image: ValueInfo, fixed: tuple[int, int] | None) -> Paint:
    """Paint with planes of floats in 0..255; ``Image.BitmapPixelFormat`` says if in BGR.

    The metadata is that of ONNX's image types. To a model of one size the frame is stretched.
    """
    order = -1 if session.metadata.get("Image.BitmapPixelFormat") == "Bgr8" else 1
    output = session.outputs[0].name

    def paint(frame: Pixels) -> Pixels:
        given = frame if fixed is None else _resized(frame, fixed)
        planes = given[..., ::order].transpose(2, 0, 1).astype(np.float32)[np.newaxis]
        painted = session.run({image.name: planes})[output][0]
        pixels = np.clip(painted.transpose(1, 2, 0)[..., ::order] + 0.5, 0, 255).astype(np.uint8)
        return np.ascontiguousarray(_resized(pixels, frame.shape[:2]))

    return paint


def _resized(frame: Pixels, size: Sequence[int]) -> Pixels:
    """``frame`` at a height and width."""
    if frame.shape[:2] == tuple(size):
        return frame
    height, width = size
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.LANCZOS))
