"""What makes a painted picture right: style, content, smoothness, steadiness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

_EPS = 1e-5
_LUMA = (0.299, 0.587, 0.114)
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
    flat = features.float().flatten(2)
    mean = flat.mean(2)
    centred = flat - mean.unsqueeze(2)
    return Moments(mean, centred @ centred.transpose(1, 2) / flat.shape[2])


def style_loss(found: Mapping[str, Tensor], target: Mapping[str, Moments]) -> Tensor:
    """Squared distance of mean and covariance to the painting's, averaged over its layers.

    Per layer ``Σ(cov − cov*)² / Σ cov*² + Σ(mean − mean*)² / Σ diag(cov*)``: 0 where both
    moments agree, about 1 to 2 for an unrelated picture. ``found`` holds features
    [batch, channels, h, w]; ``target`` holds the painting's moments with batch 1.
    """
    terms = [_moment_distance(moments(found[name]), goal) for name, goal in target.items()]
    return torch.stack(terms).mean()


def _moment_distance(found: Moments, goal: Moments) -> Tensor:
    covariance = (found.covariance - goal.covariance).square().sum((1, 2))
    mean = (found.mean - goal.mean).square().sum(1)
    variance = goal.covariance.diagonal(dim1=1, dim2=2).sum(1)
    power = goal.covariance.square().sum((1, 2))
    return (covariance / power.clamp_min(_EPS) + mean / variance.clamp_min(_EPS)).mean()


def content_loss(found: Tensor, target: Tensor) -> Tensor:
    """Mean squared distance of features normalised per channel and image (batch, c, h, w).

    Normalising (as instance norm does) asks for the same shapes, not the same colours and
    contrast: 0 for equal shapes, 2 for unrelated ones. After Johnson et al. 2016,
    arXiv:1603.08155.
    """
    return F.mse_loss(F.instance_norm(found.float()), F.instance_norm(target.float()))


def tone_loss(painted: Tensor, photo: Tensor) -> Tensor:
    """Content loss of coarse lightness: what is light in the photo stays light, dark stays dark.

    Both [batch, 3, h, w] in 0..1; lightness (Rec. 601 luma) is averaged over areas of 8 × 8
    pixels, so strokes stay free. 0 for the same tones up to contrast, 4 for a negative.
    """
    return content_loss(_tones(painted), _tones(photo))


def _tones(image: Tensor) -> Tensor:
    weights = torch.tensor(_LUMA, device=image.device).reshape(1, 3, 1, 1)
    return F.avg_pool2d((image.float() * weights).sum(1, keepdim=True), _TONE_AREA)


def total_variation(image: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring pixels of [batch, c, h, w] (0 for a flat one)."""
    down = (image[..., 1:, :] - image[..., :-1, :]).abs().mean()
    right = (image[..., :, 1:] - image[..., :, :-1]).abs().mean()
    return down + right


def range_loss(image: Tensor) -> Tensor:
    """Mean squared distance of pixels to 0..1: what clipping would cut off."""
    return (image - image.clamp(0, 1)).square().mean()


def grid_loss(image: Tensor, period: int, area: int = 8) -> Tensor:
    """How strongly a pattern that repeats every ``period`` pixels shows in [batch, c, h, w].

    Upsampling makes pixels of one place within its period alike (Odena et al. 2016,
    "Deconvolution and Checkerboard Artifacts"). Of what is finer than the period, the mean of
    each of the period² places is taken over windows of ``area`` × ``area`` periods; the loss is
    the mean square of these means. Strokes and edges cancel out over a window, a grid does not.
    """
    reach = period // 2
    padded = F.pad(image.float(), (reach,) * 4, mode="replicate")
    fine = image.float() - F.avg_pool2d(padded, 2 * reach + 1, stride=1)
    return F.avg_pool2d(F.pixel_unshuffle(fine, period), area).square().mean()


def steadiness_loss(painted: Tensor, moved: Tensor, shift: tuple[int, int], margin: int) -> Tensor:
    """Mean squared difference between a painting moved by ``shift`` and the moved photo's.

    ``moved`` is what the network paints for the photo rolled by ``shift`` = (rows, columns),
    with noise. A ``margin`` of pixels, where rolling wraps around, is left out.
    """
    expected = torch.roll(painted, shift, (-2, -1))
    inner = (..., slice(margin, -margin), slice(margin, -margin))
    return F.mse_loss(moved[inner], expected[inner])
