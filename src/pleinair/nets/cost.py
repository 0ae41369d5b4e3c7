"""What a network costs: parameters and multiply-adds per input pixel."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


def count_parameters(net: nn.Module) -> int:
    """Number of learned values in ``net``."""
    return sum(p.numel() for p in net.parameters())


def kmac_per_pixel(net: nn.Module, height: int = 480, width: int = 640) -> float:
    """Thousand multiply-adds of all convolutions per pixel of a height × width image.

    Counted as written, before any rewriting by an engine, and with what padding adds.
    Nothing is computed: shapes run through the network on PyTorch's meta device.
    """
    shadow = copy.deepcopy(net).to("meta").eval()
    macs = 0

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal macs
        weight = module.weight
        assert isinstance(weight, Tensor)
        # Every output of a convolution, and every input of a deconvolution, meets one filter.
        sites = inputs[0] if isinstance(module, nn.ConvTranspose2d) else output
        macs += sites.shape[-1] * sites.shape[-2] * weight.numel()

    for module in shadow.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            module.register_forward_hook(count)
    with torch.no_grad():
        shadow(torch.empty(1, 3, height, width, device="meta"))
    return macs / (height * width) / 1000
