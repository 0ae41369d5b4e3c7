"""Preview sheets show each photo above its paintings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from pleinair.train import preview


class Tinted(nn.Module):
    """Paints the negative in style 0, and darkens in style 1."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, image: Tensor, style: Tensor) -> Tensor:
        first, second = style[:, :, None, None, None].unbind(1)
        return self.scale * (first * (1 - image) + second * image / 2)


def test_photos_stand_above_their_paintings(photos: Path, tmp_path: Path) -> None:
    with Image.open(photos / "0.png") as opened:
        shown = preview.preview_photos([opened.convert("RGB"), photos / "more" / "tall.jpg"])
    width, height = preview.TILE
    net = Tinted().train()
    path = tmp_path / "previews" / "sheet.png"
    sheet = preview.paint_preview(net, 2, shown, path)
    assert net.training
    assert sheet.shape == (3 * height, 2 * width, 3)
    np.testing.assert_array_equal(sheet[:height, width:], shown[1])
    np.testing.assert_array_equal(sheet[height : 2 * height], 255 - sheet[:height])
    np.testing.assert_allclose(sheet[2 * height :], sheet[:height] / 2, atol=0.51)
    with Image.open(path) as written:
        np.testing.assert_array_equal(np.asarray(written), sheet)
