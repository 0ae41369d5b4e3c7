"""What the board paints: photos, and clips whose motion is known."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pleinair.evaluate import motion
from pleinair.evaluate.models import Pixels
from pleinair.evaluate.settings import Settings
from pleinair.train.data import find_images, read_image
from pleinair.video import Frame, MediaError, VideoReader, probe


@dataclass(frozen=True, eq=False)
class Photo:
    """A still picture, H×W×3 uint8 RGB."""

    name: str
    pixels: Pixels

    @property
    def key(self) -> str:
        """Hash of its content."""
        return hash_of([self.pixels])


@dataclass(frozen=True, eq=False)
class Clip:
    """Consecutive frames, and how each becomes the next.

    ``flows[t]`` (H×W×2 float32, columns and rows in pixels) says where every pixel of
    ``frames[t]`` lies in ``frames[t + 1]``; ``visible[t]`` (H×W bool) is where that is known and
    not hidden.
    """

    name: str
    frames: list[Pixels]
    flows: list[NDArray[np.float32]]
    visible: list[NDArray[np.bool_]]

    @property
    def key(self) -> str:
        """Hash of its content."""
        return hash_of([*self.frames, *self.flows, *self.visible])


def hash_of(arrays: Sequence[NDArray[np.generic]]) -> str:
    """Hash of the shapes and contents of ``arrays``."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def read_photos(paths: Sequence[Path], settings: Settings) -> list[Photo]:
    """``settings.photos`` of the pictures in ``paths`` (files and folders), evenly spaced."""
    files: list[Path] = []
    for path in paths:
        files += find_images([path]) if path.is_dir() else [path]
    count = min(settings.photos, len(files))
    chosen = [files[i * len(files) // count] for i in range(count)] if count else []
    return [
        Photo(path.stem, np.asarray(read_image(path, longer=settings.photo_size)))
        for path in chosen
    ]


def read_clip(path: Path, settings: Settings) -> Clip:
    """The middle of a video file, or of a folder of frames, its motion found by DIS flow."""
    frames = middle_frames(path, settings.frames, settings.clip_size)
    if len(frames) < 2:
        raise MediaError(f"{path}: a clip needs at least 2 frames")
    found = [motion.dis_flow(*pair) for pair in pairwise(frames)]
    return Clip(path.stem, frames, [flow for flow, _ in found], [seen for _, seen in found])


def middle_frames(path: Path, count: int, longer: int) -> list[Pixels]:
    """``count`` consecutive frames about the middle, made smaller to a ``longer`` side."""
    if path.is_dir():
        files = find_images([path])
        start = max(0, (len(files) - count) // 2)
        return [np.asarray(read_image(f, longer=longer)) for f in files[start : start + count]]
    total = probe(path).frames
    start = max(0, (total - count) // 2)
    with VideoReader(path) as reader:
        shown = (item.image for item in reader if isinstance(item, Frame))
        taken = list(islice(shown, start, start + count))
    return [_smaller(image, longer) for image in taken if isinstance(image, np.ndarray)]


def _smaller(image: Pixels, longer: int) -> Pixels:
    height, width = image.shape[:2]
    scale = longer / max(height, width)
    if scale >= 1:
        return image
    size = round(width * scale), round(height * scale)
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))


def read_scenes(folder: Path) -> list[Clip]:
    """Pairs of Sintel frames with true motion (Butler et al. 2012): every ``gt/*.flo`` below."""
    truths = sorted(folder.rglob("gt/*.flo"))
    if not truths:
        raise ValueError(f"flow: no gt/*.flo below {folder}")
    return [_scene(truth) for truth in truths]


def _scene(truth: Path) -> Clip:
    scene = truth.parent.parent
    stem, _, number = truth.stem.rpartition("_")
    after = f"{stem}_{int(number) + 1:0{len(number)}}"
    frames = [np.asarray(read_image(scene / f"{name}.png")) for name in (truth.stem, after)]
    flow = motion.read_flo(truth)
    if flow.shape[:2] != frames[0].shape[:2]:
        raise ValueError(f"{truth}: its size is not that of {scene / truth.stem}.png")
    seen = motion.inside(flow)
    for kind in ("occlusions", "invalid"):
        mask = truth.parent / kind / f"{truth.stem}.png"
        if mask.exists():
            with Image.open(mask) as opened:
                seen &= np.asarray(opened.convert("L")) < 128
    return Clip(scene.name, frames, [flow], [seen])
