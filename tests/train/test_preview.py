"""Preview sheets show each photo above its painting."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor, nn

from pleinair.train import preview


class Negative(nn.Module):
    def forward(self, image: Tensor) -> Tensor:
        return 1 - image


def test_photos_stand_above_their_paintings(photos: Path, tmp_path: Path) -> None:
    shown = preview.preview_photos([photos / "0.png", photos / "more" / "tall.jpg"])
    width, height = preview.TILE
    net = Negative().train()
    path = tmp_path / "previews" / "sheet.png"
    sheet = preview.paint_preview(net, shown, path)
    assert net.training
    assert sheet.shape == (2 * height, 2 * width, 3)
    np.testing.assert_array_equal(sheet[:height, width:], shown[1])
    np.testing.assert_array_equal(sheet[height:], 255 - sheet[:height])
    with Image.open(path) as written:
        np.testing.assert_array_equal(np.asarray(written), sheet)
