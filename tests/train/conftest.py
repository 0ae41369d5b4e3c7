"""Tiny photos, a tiny painting and tiny random features, so that training needs no data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from pleinair.nets.levers import Levers
from pleinair.train.config import Painting, TrainConfig
from tests.tiny import picture, write_features

# Tensors this small gain nothing from threads, and lose much where other processes run.
torch.set_num_threads(1)

TINY = Levers(blocks=1, width=8, in_kernel=3, down_widths=(4,), up_widths=(4,))


@pytest.fixture(scope="session")
def features_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random features, a few channels wide, to relu3_1."""
    path = tmp_path_factory.mktemp("features") / "tiny.safetensors"
    return write_features(path, {"11": 4, "12": 4, "21": 6, "22": 6, "31": 8})


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of five photos, one of them in a folder of its own."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "more").mkdir()
    for seed in range(4):
        picture(seed, 100 + 8 * seed, 80).save(folder / f"{seed}.png")
    picture(9, 70, 90).save(folder / "more" / "tall.jpg")
    return folder


@pytest.fixture(scope="session")
def painting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("painting") / "painting.png"
    picture(77, 120, 90).save(path)
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
