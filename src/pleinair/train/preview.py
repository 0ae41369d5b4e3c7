"""Pictures of how far training has come: photos above, what the network paints below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import nn

from pleinair.train.checkpoint import whole
from pleinair.train.data import Pixels, read_image, to_pixels, to_tensor

TILE = (384, 288)
"""Width and height of one photo, multiples of every network's scale."""


def preview_photos(paths: Sequence[Path]) -> list[Pixels]:
    """The photos at ``paths``, cropped about their centre to the size of a tile."""
    return [
        np.asarray(ImageOps.fit(read_image(path), TILE, Image.Resampling.LANCZOS)) for path in paths
    ]


def paint_preview(net: nn.Module, photos: Sequence[Pixels], path: Path) -> Pixels:
    """Paint ``photos``, write the PNG (before above after, one column each), and return it."""
    was_training = net.training
    net.eval()
    with torch.no_grad():
        painted = [to_pixels(net(to_tensor([photo]))) for photo in photos]
    net.train(was_training)
    sheet: Pixels = np.concatenate(
        [np.concatenate(pair, axis=0) for pair in zip(photos, painted, strict=True)], axis=1
    )
    with whole(path) as partial:
        Image.fromarray(sheet).save(partial, format="PNG")
    return sheet
