"""The optimisation of a single picture: slow, and as good as the losses get."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from pleinair.evaluate.models import Pixels
from pleinair.train import losses
from pleinair.train.config import TrainConfig
from pleinair.train.data import to_pixels, to_tensor
from pleinair.train.features import Features

_LAYERS = TrainConfig.style_layers
_CONTENT = TrainConfig.content_layer
_WEIGHTS = TrainConfig.style_weight, TrainConfig.content_weight, TrainConfig.variation_weight
RECIPE = [list(_LAYERS), _CONTENT, list(_WEIGHTS)]
"""What the loss is made of, as JSON values: layers of style and content, and weights."""


def optimise(
    photo: Pixels,
    painting: Pixels,
    features: Features,
    steps: int,
    rate: float,
    advance: Callable[[], object] = lambda: None,
) -> Pixels:
    """Paint ``photo`` like ``painting`` by changing its pixels (Gatys et al. 2016, CVPR).

    Both are H×W×3 uint8. Begins with the photo and minimises the trainer's style, content and
    variation losses, at its default weights, with Adam at a ``rate`` that falls by a cosine to
    zero. ``advance`` is called after each of the ``steps``. Gives uint8 of the photo's size.
    """
    content = to_tensor([photo])
    with torch.no_grad():
        kept = features(content, (_CONTENT,))[_CONTENT]
        found = features(to_tensor([painting]), _LAYERS)
        goal = {name: losses.moments(values) for name, values in found.items()}
    image = content.clone(memory_format=torch.channels_last).requires_grad_(True)
    optimizer = torch.optim.Adam([image], lr=rate)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * step / steps))
        seen = features(image, (*_LAYERS, _CONTENT))
        style = losses.style_loss({name: seen[name] for name in _LAYERS}, goal)
        terms = (
            style,
            losses.content_loss(seen[_CONTENT], kept),
            losses.total_variation(image),
        )
        total = torch.stack([w * term for w, term in zip(_WEIGHTS, terms, strict=True)]).sum()
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(total, inputs=[image])
        optimizer.step()
        with torch.no_grad():
            image.clamp_(0, 1)
        advance()
    return to_pixels(image)
