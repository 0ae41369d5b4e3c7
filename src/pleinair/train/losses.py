"""What makes a painted picture right: style, content, smoothness, steadiness.

Every loss gives one value per picture: float [batch].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

_EPS = 1e-5
LUMA = (0.299, 0.587, 0.114)
_TONE_AREA = 8


@dataclass(frozen=True)
class Moments:
    """Mean [batch, channels] and centred covariance [batch, channels, channels] of features."""

    mean: Tensor
    covariance: Tensor


def moments(features: Tensor) -> Moments:
    """First and second moments of features [batch, channels, h, w] over all positions.

    The centred covariance in the place of Gatys' Gram matrix (Gatys et al. 2016,
    arXiv:1508.06576): with the mean apart, large constant activations no longer drown the
    texture. That a Gram loss matches feature distributions is shown by Li et al. 2017,
    "Demystifying Neural Style Transfer", arXiv:1701.01036.
    """
    flat = features.permute(0, 2, 3, 1).flatten(1, 2)
    return Moments(*_Moments.apply(flat))  # type: ignore[no-untyped-call]


class _Moments(torch.autograd.Function):
    """Mean and covariance of [batch, positions, channels], the gradient in one pass.

    Sums are float32 whatever the features are; what automatic differentiation would keep and
    sweep over, several times the features themselves, took a third of a training step.
    """

    @staticmethod
    def forward(ctx: Any, flat: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast(flat.device.type, enabled=False):
            exact = flat.float()
            mean = exact.mean(1)
            centred = exact - mean.unsqueeze(1)
            covariance = centred.mT @ centred / flat.shape[1]
        ctx.save_for_backward(flat, mean)
        return mean, covariance

    @staticmethod
    def backward(ctx: Any, by_mean: Tensor, by_covariance: Tensor) -> Tensor:
        flat, mean = ctx.saved_tensors
        slope = (by_covariance + by_covariance.mT) / flat.shape[1]
        offset = by_mean / flat.shape[1] - (mean.unsqueeze(1) @ slope).squeeze(1)
        return torch.baddbmm(offset.unsqueeze(1).to(flat.dtype), flat, slope.to(flat.dtype))


def style_distances(found: Mapping[str, Tensor], target: Mapping[str, Moments]) -> Tensor:
    """Squared distance of mean and covariance to the painting's: float [layers, batch].

    Per layer ``Σ(cov − cov*)² / Σ cov*² + Σ(mean − mean*)² / Σ diag(cov*)``: 0 where both
    moments agree, about 1 to 2 for an unrelated picture. ``found`` holds features
    [batch, channels, h, w]; ``target`` holds the moments of each picture's painting, or of one
    for all of them.
    """
    return torch.stack(
        [moment_distance(moments(found[name]), goal) for name, goal in target.items()]
    )


def style_loss(found: Mapping[str, Tensor], target: Mapping[str, Moments]) -> Tensor:
    """:func:`style_distances` averaged over layers."""
    return style_distances(found, target).mean(0)


def moment_distance(found: Moments, goal: Moments) -> Tensor:
    """One layer of :func:`style_distances`: float [batch]."""
    covariance = (found.covariance - goal.covariance).square().sum((1, 2))
    mean = (found.mean - goal.mean).square().sum(1)
    variance = goal.covariance.diagonal(dim1=1, dim2=2).sum(1)
    power = goal.covariance.square().sum((1, 2))
    return covariance / power.clamp_min(_EPS) + mean / variance.clamp_min(_EPS)


def content_loss(found: Tensor, target: Tensor) -> Tensor:
    """Mean squared distance of features normalised per channel and image (batch, c, h, w).

    Normalising (as instance norm does) asks for the same shapes, not the same colours and
    contrast: 0 for equal shapes, 2 for unrelated ones. After Johnson et al. 2016,
    arXiv:1603.08155.
    """
    return _square(F.instance_norm(found.float()) - F.instance_norm(target.float()))


def tone_loss(painted: Tensor, photo: Tensor) -> Tensor:
    """Content loss of coarse lightness: what is light in the photo stays light, dark stays dark.

    Both [batch, 3, h, w] in 0..1; lightness (Rec. 601 luma) is averaged over areas of 8 × 8
    pixels, so strokes stay free. 0 for the same tones up to contrast, 4 for a negative.
    """
    return content_loss(_tones(painted), _tones(photo))


def _tones(image: Tensor) -> Tensor:
    weights = torch.tensor(LUMA, device=image.device).reshape(1, 3, 1, 1)
    return F.avg_pool2d((image.float() * weights).sum(1, keepdim=True), _TONE_AREA)


def total_variation(image: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring pixels of [batch, c, h, w] (0 for a flat one)."""
    down = (image[..., 1:, :] - image[..., :-1, :]).abs().mean((1, 2, 3))
    right = (image[..., :, 1:] - image[..., :, :-1]).abs().mean((1, 2, 3))
    return down + right


def range_loss(image: Tensor) -> Tensor:
    """Mean squared distance of pixels to 0..1: what clipping would cut off."""
    return _square(image - image.clamp(0, 1))


def grid_loss(image: Tensor, period: int, area: int = 12) -> Tensor:
    """How strongly a pattern that repeats every ``period`` pixels shows in [batch, c, h, w].

    Upsampling makes pixels of one place within its period alike (Odena et al. 2016,
    "Deconvolution and Checkerboard Artifacts"). Of what is finer than the period, the mean of
    each of the period² places is taken over windows of ``area`` × ``area`` periods; the loss is
    the mean square of these means. Strokes and edges cancel out over a window, a grid does not.
    """
    reach = period // 2
    across = F.pad(image.float(), (reach,) * 4, mode="replicate")
    # A square's mean by rows, then by columns: a fraction of the additions.
    coarse = F.avg_pool2d(across, (1, 2 * reach + 1), stride=1)
    fine = image.float() - F.avg_pool2d(coarse, (2 * reach + 1, 1), stride=1)
    places = F.pixel_unshuffle(fine, period)
    return _square(F.avg_pool2d(places, min(area, *places.shape[-2:])))


def steadiness_loss(painted: Tensor, moved: Tensor, motion: Tensor) -> Tensor:
    """Mean squared difference between a painting that is moved and the painting of a moved photo.

    ``moved`` is what the network paints for the photo moved by ``motion`` (see ``warp``), with
    noise. All that was in the picture before counts, up to its borders: of a strip that is left
    out a network makes a frame in which it paints what may not tremble elsewhere.
    """
    sources = _sources(motion)
    limits = torch.tensor(motion.shape[-2:], device=motion.device).reshape(2, 1, 1) - 1
    seen = ((sources >= 0) & (sources <= limits)).all(1, keepdim=True).to(painted.dtype)
    apart = (moved - warp(painted, motion)).square() * seen
    return apart.mean((1, 2, 3)) / seen.mean((1, 2, 3)).clamp_min(_EPS)


def warp(image: Tensor, motion: Tensor) -> Tensor:
    """Move ``image`` [batch, c, h, w] by ``motion`` [batch or 1, 2, h, w], rows and columns.

    Every pixel takes what lies ``motion`` pixels before it, by cubic interpolation; whole pixels
    are moved exactly. The border repeats.
    """
    height, width = image.shape[-2:]
    rows, columns = _sources(motion).unbind(1)
    grid = torch.stack([2 * columns / (width - 1) - 1, 2 * rows / (height - 1) - 1], 3)
    grid = grid.expand(len(image), -1, -1, -1).to(image.dtype)
    return F.grid_sample(image, grid, "bicubic", padding_mode="border", align_corners=True)


def _sources(motion: Tensor) -> Tensor:
    """Where each pixel comes from, rows and columns: float [batch or 1, 2, h, w]."""
    sides = (torch.arange(side, device=motion.device) for side in motion.shape[-2:])
    return torch.stack(torch.meshgrid(*sides, indexing="ij")) - motion


def _square(difference: Tensor) -> Tensor:
    return difference.square().mean((1, 2, 3))
