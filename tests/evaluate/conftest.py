"""Material small enough to be measured in no time, with answers known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from pleinair.evaluate.inputs import Photo

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
    """Random features in the layout of vgg19_small, a few channels wide, to relu4_1."""
    random = torch.Generator().manual_seed(0)
    state = {
        "conv0.weight": 255 * torch.eye(3).flip(0).reshape(3, 3, 1, 1),
        "conv0.bias": torch.tensor([-104.0, -117.0, -124.0]),
    }
    channels = 3
    for name in ("11", "12", "21", "22", "31", "32", "33", "34", "41"):
        spread = (2 / (9 * channels)) ** 0.5
        state[f"conv{name}.weight"] = spread * torch.randn(6, channels, 3, 3, generator=random)
        state[f"conv{name}.bias"] = torch.zeros(6)
        channels = 6
    path = tmp_path_factory.mktemp("features") / "tiny.safetensors"
    save_file(state, path)
    return path


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
