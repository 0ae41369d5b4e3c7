"""Tiny photos, a tiny painting and tiny random features, so that training needs no data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from pleinair.nets.levers import Levers
from pleinair.train.config import Painting, TrainConfig

# Tensors this small gain nothing from threads, and lose much where other processes run.
torch.set_num_threads(1)

TINY = Levers(blocks=1, width=8, in_kernel=3, down_widths=(4,), up_widths=(4,))


def _picture(seed: int, width: int, height: int) -> Image.Image:
    """Soft coloured blobs."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture(scope="session")
def features_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random features in the layout of vgg19_small, a few channels wide, to relu3_1."""
    random = torch.Generator().manual_seed(0)
    state: dict[str, torch.Tensor] = {
        "conv0.weight": 255 * torch.eye(3).flip(0).reshape(3, 3, 1, 1),
        "conv0.bias": torch.tensor([-104.0, -117.0, -124.0]),
    }
    channels = 3
    for name, width in {"11": 4, "12": 4, "21": 6, "22": 6, "31": 8}.items():
        spread = (2 / (9 * channels)) ** 0.5
        state[f"conv{name}.weight"] = spread * torch.randn(width, channels, 3, 3, generator=random)
        state[f"conv{name}.bias"] = torch.zeros(width)
        channels = width
    path = tmp_path_factory.mktemp("features") / "tiny.safetensors"
    save_file(state, path)
    return path


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of five photos, one of them in a folder of its own."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "more").mkdir()
    for seed in range(4):
        _picture(seed, 100 + 8 * seed, 80).save(folder / f"{seed}.png")
    _picture(9, 70, 90).save(folder / "more" / "tall.jpg")
    return folder


@pytest.fixture(scope="session")
def painting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("painting") / "painting.png"
    _picture(77, 120, 90).save(path)
    return path


@pytest.fixture
def make_config(photos: Path, painting: Path, features_file: Path) -> Callable[..., TrainConfig]:
    """A configuration that trains in a second; keyword arguments change it."""

    def make(**changes: Any) -> TrainConfig:
        values: dict[str, Any] = {
            "paintings": (Painting(painting, "tiny", size=96),),
            "photos": (photos,),
            "name": "tiny",
            "features": str(features_file),
            "steps": 4,
            "batch": 2,
            "size": 64,
            "style_layers": ("relu1_1", "relu2_1"),
            "content_layer": "relu3_1",
            "checkpoint_every": 2,
            "preview_every": 2,
            "previews": (photos / "0.png",),
            "levers": TINY,
            "device": "cpu",
            "threads": 1,
            **changes,
        }
        return TrainConfig(**values)

    return make
