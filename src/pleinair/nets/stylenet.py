"""The style network in PyTorch, built from its levers."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pleinair.nets.levers import Levers

RGB = 3
Rows = Iterator[Tensor]
"""Scale and shift of one norm after the other, each [batch, 2 * channels]."""


class StyleNorm(nn.Module):
    """Instance norm whose scale and shift are given with every call."""

    eps = 1e-5

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: Tensor, rows: Rows) -> Tensor:
        """Normalise ``x`` [batch, channels, h, w], then take the next scale and shift."""
        scale, shift = next(rows)[:, :, None, None].chunk(2, 1)
        return F.instance_norm(x, eps=self.eps) * scale + shift


class Residual(nn.Module):
    """``x + body(x)``."""

    def __init__(self, *body: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(*body)

    def forward(self, x: Tensor, rows: Rows) -> Tensor:
        """Add the body's output to its input."""
        return x + _run(self.body, x, rows)


def _run(layers: nn.Sequential, x: Tensor, rows: Rows) -> Tensor:
    """Run ``layers`` in order; those with norms inside take their rows as they come."""
    for layer in layers:
        x = layer(x, rows) if isinstance(layer, StyleNorm | Residual) else layer(x)
    return x


class SpaceToDepth(nn.Module):
    """Pixel unshuffle in ONNX's channel order (block row, block column, channel)."""

    def __init__(self, blocksize: int) -> None:
        super().__init__()
        self.blocksize = blocksize

    def forward(self, x: Tensor) -> Tensor:
        """Move blocks of pixels into channels."""
        n, c, h, w = x.shape
        b = self.blocksize
        blocks = x.reshape(n, c, h // b, b, w // b, b).permute(0, 3, 5, 1, 2, 4)
        return blocks.reshape(n, c * b * b, h // b, w // b)


class Affine(nn.Module):
    """``x * scale + offset`` with fixed numbers."""

    def __init__(self, scale: float, offset: float) -> None:
        super().__init__()
        self.scale, self.offset = scale, offset

    def forward(self, x: Tensor) -> Tensor:
        """Scale and shift every value."""
        return x * self.scale + self.offset


class StyleNet(nn.Module):
    """A style network: RGB in 0..1 to RGB in 0..1 (beyond it with ``output="clip"``).

    Input and output are float [batch, 3, height, width]; height and width must be multiples of
    ``multiple`` (exported models pad by themselves). ``style`` is float [batch, styles]: how much
    of each style every picture gets, usually 1 for one of them and 0 for the others; without it
    everything is painted in the first. What tells styles apart is a row each of ``table``,
    float [styles, 2 * channels of all norms]: scale and shift of the first norm, of the second, …
    """

    def __init__(self, levers: Levers) -> None:
        super().__init__()
        self.levers = levers
        self.multiple = levers.multiple
        self.layers = nn.Sequential(
            Affine(2.0, -1.0),
            *_early(levers),
            *_coarse(levers),
            *(_block(levers, levers.width) for _ in range(levers.blocks)),
            *_late(levers),
            *_output(levers),
        )
        norms = [m.channels for m in self.modules() if isinstance(m, StyleNorm)]
        self.splits = [2 * channels for channels in norms]
        if norms:
            row = torch.cat(
                [torch.ones(c) if i == 0 else torch.zeros(c) for c in norms for i in (0, 1)]
            )
            self.table = nn.Parameter(row.repeat(levers.styles, 1))
        _initialise(self)

    def forward(self, image: Tensor, style: Tensor | None = None) -> Tensor:
        """Paint ``image``; the output has its shape."""
        if not self.splits:
            return _run(self.layers, image, iter(()))
        rows = self.table[:1].expand(len(image), -1) if style is None else style @ self.table
        return _run(self.layers, image, iter(torch.split(rows, self.splits, 1)))


def _early(levers: Levers) -> list[nn.Module]:
    """Everything before the residual blocks: RGB at full resolution to ``width`` at 1/scale."""
    layers: list[nn.Module] = []
    channels, kernel = RGB, levers.in_kernel
    if levers.stem:
        layers += _unit(levers, channels, levers.stem, kernel)
        channels, kernel = levers.stem, levers.kernel
    if levers.scale == 1 or levers.down == "conv":
        strides = [2] * levers.doublings or [1]
        for stride, width in zip(strides, (*levers.down_widths, levers.width), strict=True):
            layers += _unit(levers, channels, width, kernel, stride)
            channels, kernel = width, levers.kernel
        return layers
    if levers.down == "pool":
        layers.append(nn.AvgPool2d(levers.scale))
    else:
        layers.append(SpaceToDepth(levers.scale))
        channels *= levers.scale**2
    return layers + _unit(levers, channels, levers.width, kernel)


def _coarse(levers: Levers) -> list[nn.Module]:
    """The step to half the low resolution and back, as one residual."""
    coarse = levers.coarse_width
    if not coarse:
        return []
    return [
        Residual(
            *_unit(levers, levers.width, coarse, levers.kernel, stride=2),
            *(_block(levers, coarse) for _ in range(levers.coarse_blocks)),
            *_double(levers, coarse, levers.width, levers.kernel),
            *_finish(levers, levers.width)[:-1],
        )
    ]


def _block(levers: Levers, width: int) -> Residual:
    first = _unit(levers, width, width, levers.kernel, separable=levers.depthwise)
    second = _unit(levers, width, width, levers.kernel, separable=levers.depthwise)
    return Residual(*first, *second[:-1])


def _late(levers: Levers) -> list[nn.Module]:
    """Everything after the residual blocks: ``width`` at 1/scale to RGB at full resolution."""
    layers: list[nn.Module] = []
    channels = levers.width
    for width in levers.up_widths:
        layers += _double(levers, channels, width, levers.kernel)
        layers += _finish(levers, width)
        channels = width
    if len(levers.up_widths) < levers.doublings:
        return layers + _double(levers, channels, RGB, levers.out_kernel, bias=True)
    return layers + _conv(levers, channels, RGB, levers.out_kernel, bias=True)


def _double(
    levers: Levers, channels: int, width: int, kernel: int, bias: bool | None = None
) -> list[nn.Module]:
    """One doubling of the resolution, as the ``up`` lever says."""
    bias = levers.norm == "none" if bias is None else bias
    if levers.up == "deconv":
        if levers.padding == "zero":
            return [nn.ConvTranspose2d(channels, width, 4, 2, 1, bias=bias)]
        # What the reflected border adds outside the image is cut off again.
        return [nn.ReflectionPad2d(1), nn.ConvTranspose2d(channels, width, 4, 2, 3, bias=bias)]
    if levers.up == "shuffle":
        conv = _conv(levers, channels, 4 * width, kernel, bias=bias)
        return [*conv, nn.PixelShuffle(2)]
    return [nn.Upsample(scale_factor=2), *_conv(levers, channels, width, kernel, bias=bias)]


def _unit(
    levers: Levers,
    channels: int,
    width: int,
    kernel: int,
    stride: int = 1,
    separable: bool = False,
) -> list[nn.Module]:
    """Convolution, normalisation, activation; the activation is the last module."""
    bias = levers.norm == "none"
    if separable:
        convs = _conv(levers, channels, channels, kernel, stride, groups=channels)
        convs.append(nn.Conv2d(channels, width, 1, bias=bias))
    else:
        convs = _conv(levers, channels, width, kernel, stride, bias=bias)
    return [*convs, *_finish(levers, width)]


def _conv(
    levers: Levers,
    channels: int,
    width: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
    bias: bool = False,
) -> list[nn.Module]:
    conv = nn.Conv2d(channels, width, kernel, stride, groups=groups, bias=bias)
    side = kernel // 2
    if side == 0:
        return [conv]
    if levers.padding == "zero":
        return [nn.ZeroPad2d(side), conv]
    return [nn.ReflectionPad2d(side), conv]


def _finish(levers: Levers, width: int) -> list[nn.Module]:
    layers: list[nn.Module] = []
    if levers.norm == "instance":
        layers.append(StyleNorm(width))
    elif levers.norm == "batch":
        layers.append(nn.BatchNorm2d(width))
    if levers.activation == "relu":
        layers.append(nn.ReLU())
    elif levers.activation == "leaky":
        layers.append(nn.LeakyReLU(0.1))
    else:
        layers.append(nn.PReLU(width))
    return layers


def _output(levers: Levers) -> list[nn.Module]:
    if levers.output == "sigmoid":
        return [nn.Sigmoid()]
    if levers.output == "tanh":
        return [nn.Tanh(), Affine(0.5, 0.5)]
    # A linear last layer starts around mid-grey, inside 0..1.
    return [Affine(0.25, 0.5)]


def _initialise(net: nn.Module) -> None:
    """He initialisation (He et al. 2015, arXiv:1502.01852), smooth where resolution changes.

    A convolution that changes the resolution starts as a random mix of channels times a binomial
    window: a blur before decimation, bilinear interpolation after nearest upsampling (so that
    the grid of the low resolution does not show; cf. Zhang 2019, arXiv:1904.11486).
    """
    upsampled = False
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
            if module.groups == 1 and (upsampled or module.stride != (1, 1)):
                _smooth(module.weight)
            upsampled = False
        upsampled = upsampled or isinstance(module, nn.Upsample)


def _smooth(weight: Tensor) -> None:
    """Make every filter a multiple of the binomial window, keeping the weights' energy."""
    side = weight.shape[-1]
    row = torch.tensor([float(math.comb(side - 1, i)) for i in range(side)])
    window = torch.outer(row, row)
    window /= window.norm()
    with torch.no_grad():
        mixing = weight.square().sum((2, 3)).sqrt() * weight.sum((2, 3)).sign()
        weight.copy_(mixing[:, :, None, None] * window)
