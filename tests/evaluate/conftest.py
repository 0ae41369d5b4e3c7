"""Material small enough to be measured in no time, with answers known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pleinair.evaluate.inputs import Photo
from tests.tiny import widths_to_relu4_1, write_features

# Tensors this small gain nothing from threads, and lose much where other processes run.
torch.set_num_threads(1)


def picture(seed: int, width: int, height: int) -> Image.Image:
    """Soft coloured blobs."""
    small = np.random.default_rng(seed).integers(40, 216, (12, 16, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture(scope="session")
def photos() -> list[Photo]:
    return [Photo(str(seed), np.asarray(picture(seed, 160, 120))) for seed in range(2)]


@pytest.fixture(scope="session")
def photo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(6):
        picture(seed, 160, 120).save(folder / f"photo{seed}.png")
    return folder


@pytest.fixture(scope="session")
def features_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random features, a few channels wide, to relu4_1."""
    path = tmp_path_factory.mktemp("features") / "tiny.safetensors"
    return write_features(path, widths_to_relu4_1(6))


@pytest.fixture(scope="session")
def judges_folder(tmp_path_factory: pytest.TempPathFactory, features_file: Path) -> Path:
    """A folder with one judge: random features under the name of vgg19_to_conv3_1."""
    folder = tmp_path_factory.mktemp("judges")
    (folder / "vgg19_to_conv3_1.safetensors").write_bytes(features_file.read_bytes())
    return folder


@pytest.fixture
def negative_file(tmp_path: Path, negative: bytes) -> Callable[..., Path]:
    """Write the style that inverts under a name."""

    def write(name: str = "negative") -> Path:
        path = tmp_path / f"{name}.onnx"
        path.write_bytes(negative)
        return path

    return write
