"""Pictures to distil features on: photographs in all lights and colours, and painted ones."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from pleinair.nets.stylenet import StyleNet
from pleinair.train.data import Photos
from pleinair.train.start import read_start

_LEAST = 0.2


class Practice:
    """Batches of pairs of crops, changed as a painting network may change them.

    Features judge what a network paints, so photographs alone are not enough: half of the pairs
    are painted by a trained ``painter``, if there is one, and all have their colours turned,
    stretched or dulled, with noise on some. Batch ``step`` depends on seed and step alone.
    """

    def __init__(
        self, photos: Photos, painter: Path | None, seed: int, device: torch.device
    ) -> None:
        self.photos, self.seed, self.device = photos, seed, device
        self.net: StyleNet | None = None
        if painter is not None:
            start = read_start(painter)
            self.net = StyleNet(start.levers)
            self.net.load_state_dict(start.weights)
            self.net.to(device)

    def batch(self, step: int, count: int) -> Tensor:
        """``count`` pictures, two after one another of the same: [count, 3, size, size], 0..1."""
        random = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        pictures = self.photos.batch(step, count, each=2).to(self.device)
        if self.net is not None:
            half = count // 4 * 2
            painted = self._painted(pictures[:half], random)
            pictures = torch.cat([painted, pictures[half:]])
        pictures = _recoloured(pictures, random)
        return pictures.contiguous(memory_format=torch.channels_last)

    def _painted(self, pictures: Tensor, random: torch.Generator) -> Tensor:
        """Pairs painted more or less strongly, each in a mixture of two styles."""
        assert self.net is not None
        styles, pairs = self.net.levers.styles, (len(pictures) + 1) // 2
        chosen = torch.eye(styles)[torch.randint(styles, (2, pairs), generator=random)]
        share = (2 * torch.rand((pairs, 1), generator=random) - 1).clamp_min(0)
        style = chosen[0] * (1 - share) + chosen[1] * share
        strength = _LEAST + (1 - _LEAST) * torch.rand((pairs, 1, 1, 1), generator=random)
        with torch.no_grad():
            painted: Tensor = self.net(pictures, _twice(style, pictures))
        return pictures + _twice(strength, pictures) * (painted.clamp(0, 1) - pictures)


def _recoloured(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Colours mixed, contrast and light changed, and noise, the same for both of a pair."""
    pairs = (len(pictures) + 1) // 2
    mixing = torch.eye(3) + 0.2 * torch.randn((pairs, 3, 3), generator=random)
    grey = torch.full((3, 3), 1 / 3)
    dull = torch.rand((pairs, 1, 1), generator=random).pow(3)
    mixing = mixing * (1 - dull) + grey * dull
    gain = torch.exp(0.3 * torch.randn((pairs, 1, 1, 1), generator=random))
    offset = 0.1 * torch.randn((pairs, 1, 1, 1), generator=random)
    noise = 0.06 * torch.rand((pairs, 1, 1, 1), generator=random).pow(3)
    mixed = torch.einsum("bij,bjhw->bihw", _twice(mixing, pictures), pictures - 0.5)
    lit = _twice(gain, pictures) * mixed + 0.5 + _twice(offset, pictures)
    grain = torch.randn(pictures.shape, generator=random).to(pictures.device)
    return (lit + _twice(noise, pictures) * grain).clamp(0, 1)


def _twice(values: Tensor, pictures: Tensor) -> Tensor:
    """What each pair has, for each picture of it, on the pictures' device."""
    return values.repeat_interleave(2, 0)[: len(pictures)].to(pictures.device)
