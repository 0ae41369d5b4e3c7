"""Pictures and features so small that training with them takes no time and no data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def picture(seed: int, width: int, height: int) -> Image.Image:
    """Soft coloured blobs."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def widths_to_relu4_1(width: int) -> dict[str, int]:
    """All convolutions of VGG-19 up to there, as wide as each other."""
    return dict.fromkeys(("11", "12", "21", "22", "31", "32", "33", "34", "41"), width)


def write_features(path: Path, widths: Mapping[str, int], seed: int = 0) -> Path:
    """Write random features in the layout of vgg19_small: filters of each convolution by name."""
    numpy = pytest.importorskip("safetensors.numpy", reason="needs pleinair[train]")
    random = np.random.default_rng(seed)
    state = {
        "conv0.weight": 255 * np.eye(3, dtype=np.float32)[::-1].copy().reshape(3, 3, 1, 1),
        "conv0.bias": np.array([-104, -117, -124], np.float32),
    }
    channels = 3
    for name, width in widths.items():
        spread = (2 / (9 * channels)) ** 0.5
        weights = spread * random.standard_normal((width, channels, 3, 3))
        state[f"conv{name}.weight"] = weights.astype(np.float32)
        state[f"conv{name}.bias"] = np.zeros(width, np.float32)
        channels = width
    numpy.save_file(state, path)
    return path
