"""The network of Facebook's 2017 camera effects (Caffe2Go), for comparison."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from pleinair.nets.stylenet import Affine

_WIDTH = 12
_BODY = 6


class Caffe2GoNet(nn.Module):
    """Average pool 4×4, reflect pad 10, valid convolutions, two deconvolutions, PReLU.

    11,685 parameters, no normalisation. RGB in 0..1 to RGB in about 0..1, float
    [batch, 3, height, width] with height and width multiples of 4 and at least 44 (the
    reflection reaches 10 pixels at a quarter of the resolution).
    Architecture as published in facebookarchive/AICamera-Style-Transfer, 2017.
    """

    multiple = 4

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [Affine(255.0, -117.0), nn.AvgPool2d(4)]
        # One padding serves all valid convolutions; it is short by one pixel at the end because
        # a 3×3 stride-2 deconvolution gives 2n + 1 pixels.
        layers.append(nn.ReflectionPad2d((10, 9, 10, 9)))
        layers += [nn.Conv2d(3, _WIDTH, 9), nn.PReLU(_WIDTH)]
        for _ in range(_BODY):
            layers += [nn.Conv2d(_WIDTH, _WIDTH, 3), nn.PReLU(_WIDTH)]
        widths = (_WIDTH, _WIDTH // 2, 3)
        for channels, width in pairwise(widths):
            layers += [nn.ConvTranspose2d(channels, width, 3, 2), nn.PReLU(width)]
        layers.pop()
        layers += [nn.ReflectionPad2d((0, 1, 0, 1)), Affine(1 / 255, 117 / 255)]
        self.layers = nn.Sequential(*layers)

    def forward(self, image: Tensor, style: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """Paint ``image``; the output has its shape. There is one style, so ``style`` is idle."""
        painted: Tensor = self.layers(image)
        return painted
