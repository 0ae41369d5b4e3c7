"""Pictures to train on: read from files, cropped at random, as tensors and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch import Tensor

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
Pixels = NDArray[np.uint8]


def find_images(folders: Sequence[Path]) -> list[Path]:
    """Every image file under ``folders``, sorted; raises ``ValueError`` where there is none."""
    found: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            raise ValueError(f"photos: {folder} is not a folder")
        here = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
        if not here:
            raise ValueError(f"photos: no images ({', '.join(sorted(SUFFIXES))}) in {folder}")
        found += here
    return found


def read_image(path: Path, shorter: int | None = None, longer: int | None = None) -> Image.Image:
    """An RGB image, made smaller to a ``shorter`` or ``longer`` side in pixels if it is larger.

    Raises ``ValueError`` naming the file that is missing or no image.
    """
    try:
        with Image.open(path) as opened:
            image = opened.convert("RGB")
    except (OSError, UnidentifiedImageError) as error:
        raise ValueError(f"cannot read image {path}: {error}") from error
    scale = 1.0
    if shorter is not None:
        scale = min(scale, shorter / min(image.size))
    if longer is not None:
        scale = min(scale, longer / max(image.size))
    if scale == 1.0:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def to_tensor(images: Sequence[Image.Image | Pixels]) -> Tensor:
    """Equally large RGB images as float [batch, 3, height, width] in 0..1."""
    batch = np.stack([np.asarray(image, dtype=np.uint8) for image in images])
    return torch.from_numpy(batch).permute(0, 3, 1, 2).float().div_(255)


def to_pixels(image: Tensor) -> Pixels:
    """Float [1, 3, height, width] in 0..1 as uint8 [height, width, 3], clipped and rounded."""
    scaled = (image.detach()[0] * 255 + 0.5).clamp(0, 255)
    pixels: Pixels = scaled.permute(1, 2, 0).to(torch.uint8).cpu().numpy()
    return pixels


def load_photos(
    paths: Sequence[Path], size: int, advance: Callable[[], object] = lambda: None
) -> list[Image.Image]:
    """Photographs for crops of ``size`` pixels: their shorter side at most twice as long.

    ``advance`` is called after each.
    """
    images = []
    for path in paths:
        images.append(read_image(path, shorter=2 * size))
        advance()
    return images


class Photos:
    """A set of pictures, held in memory, that gives random square crops.

    Batch ``step`` depends on the seed and the step alone, so training resumes exactly.
    """

    def __init__(self, images: Sequence[Image.Image], size: int, seed: int) -> None:
        """``size`` is the crop's side in pixels."""
        self.size, self.seed = size, seed
        self._images = list(images)

    def __len__(self) -> int:
        return len(self._images)

    def batch(self, step: int, count: int, each: int = 1) -> Tensor:
        """``count`` random resized crops, half of them mirrored: [count, 3, size, size], 0..1.

        Always ``each`` crops after one another are of one picture.
        """
        random = np.random.default_rng((self.seed, step))
        chosen = random.integers(len(self._images), size=-(-count // each)).repeat(each)[:count]
        return to_tensor([self._crop(self._images[i], random) for i in chosen])

    def _crop(self, image: Image.Image, random: np.random.Generator) -> Image.Image:
        """A square of 40 to 100 % of the shorter side, anywhere, resized to the crop size."""
        shorter = min(image.size)
        side = round(shorter * random.uniform(0.4, 1.0))
        left = int(random.integers(image.width - side + 1))
        top = int(random.integers(image.height - side + 1))
        box = (left, top, left + side, top + side)
        crop = image.resize((self.size, self.size), Image.Resampling.BILINEAR, box)
        if random.random() < 0.5:
            crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return crop
