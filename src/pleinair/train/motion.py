"""What happens between two frames of a film: things move a little, light and noise change."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from pleinair.train.losses import warp

MOST_SHIFT = 8
MOST_BEND = 4.0
_KNOTS = 5
_GAIN, _OFFSET = 0.06, 0.03


def random_motion(size: tuple[int, int], random: torch.Generator) -> Tensor:
    """Displacements [1, 2, h, w] in pixels (rows, columns): a shift, and a smooth bend of it.

    The shift is up to 8 whole pixels, so that with little bend nothing is interpolated; the bend,
    up to 4 pixels, is a bicubic surface over 5 × 5 random knots, scaled by a random amplitude.
    """
    shift = torch.randint(-MOST_SHIFT, MOST_SHIFT + 1, (1, 2, 1, 1), generator=random)
    if torch.rand((), generator=random) < 0.5:
        return shift.float().expand(1, 2, *size)
    knots = torch.rand((1, 2, _KNOTS, _KNOTS), generator=random) * 2 - 1
    amplitude = MOST_BEND * torch.rand((), generator=random)
    bend = F.interpolate(knots, size, mode="bicubic", align_corners=True)
    return shift + amplitude * bend.clamp(-1, 1)


def next_frame(photos: Tensor, motion: Tensor, noise: float, random: torch.Generator) -> Tensor:
    """``photos`` [batch, 3, h, w] in 0..1 moved, a little lighter or darker, and noisy.

    The noise is that of a camera: a constant part and one that grows with the light (Poisson-
    Gaussian, Foi et al. 2008, doi:10.1109/TIP.2008.2001399), together up to a standard deviation
    of ``noise`` on white.
    """
    moved = warp(photos, motion)
    gain = 1 + _GAIN * (2 * torch.rand((), generator=random) - 1)
    offset = _OFFSET * (2 * torch.rand((), generator=random) - 1)
    moved = (gain * moved + offset).clamp(0, 1)
    strength = noise * torch.rand((), generator=random)
    constant = torch.rand((), generator=random)
    deviation = strength * (constant + (1 - constant) * moved).sqrt()
    return moved + deviation * torch.randn(moved.shape, generator=random).to(moved.device)
