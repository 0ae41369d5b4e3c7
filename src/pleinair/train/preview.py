"""Pictures of how far training has come: photos above, below them each style's paintings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import nn

from pleinair.train.data import Pixels, read_image, to_pixels, to_tensor
from pleinair.whole import whole

TILE = (320, 240)
"""Width and height of one photo, multiples of every network's scale."""


def preview_photos(photos: Sequence[Path | Image.Image]) -> list[Pixels]:
    """Photos, or the files of photos, cropped about their centre to the size of a tile."""
    images = [photo if isinstance(photo, Image.Image) else read_image(photo) for photo in photos]
    return [np.asarray(ImageOps.fit(image, TILE, Image.Resampling.LANCZOS)) for image in images]


def paint_preview(net: nn.Module, styles: int, photos: Sequence[Pixels], path: Path) -> Pixels:
    """Paint ``photos`` in every style, write the PNG (a row per style), and return it."""
    was_training = net.training
    net.eval()
    device = next(net.parameters()).device
    batch = to_tensor(photos).to(device)
    rows = [np.concatenate(list(photos), axis=1)]
    with torch.no_grad():
        for style in torch.eye(styles, device=device):
            painted = net(batch, style.expand(len(batch), -1))
            rows.append(np.concatenate([to_pixels(picture[None]) for picture in painted], axis=1))
    net.train(was_training)
    sheet: Pixels = np.concatenate(rows, axis=0)
    with whole(path) as partial:
        Image.fromarray(sheet).save(partial, format="PNG")
    return sheet
