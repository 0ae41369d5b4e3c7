"""Networks come out of their levers with the right shapes and parts."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from pleinair.nets.levers import EASEL, JOHNSON, SKETCH, Levers
from pleinair.nets.stylenet import SpaceToDepth, StyleNet, StyleNorm

VARIANTS = {
    "easel": EASEL,
    "sketch": SKETCH,
    "johnson": JOHNSON,
    "pool, deconvolution": Levers(down="pool", down_widths=(), up="deconv"),
    "unshuffle, shuffle": Levers(down="unshuffle", down_widths=(), up="shuffle"),
    "eighth": Levers(scale=8, down_widths=(8, 16), up_widths=(24, 16, 8)),
    "full resolution": Levers(scale=1, down_widths=(), up_widths=()),
    "depthwise": Levers(depthwise=True, norm="batch", activation="prelu", padding="zero"),
    "no norm": Levers(norm="none", activation="leaky", output="sigmoid"),
}


@pytest.mark.parametrize("levers", VARIANTS.values(), ids=VARIANTS.keys())
def test_output_has_the_shape_of_the_input(levers: Levers) -> None:
    photo = torch.rand(2, 3, 32, 48)
    painted = StyleNet(levers)(photo)
    assert painted.shape == photo.shape
    assert torch.isfinite(painted).all()


def _three_styles() -> StyleNet:
    torch.manual_seed(0)
    net = StyleNet(replace(EASEL, styles=3))
    with torch.no_grad():
        net.table.add_(0.3 * torch.randn(net.table.shape))
    return net


def test_every_picture_is_painted_in_its_own_style() -> None:
    net, photo = _three_styles(), torch.rand(1, 3, 32, 32)
    together = net(photo.expand(3, -1, -1, -1), torch.eye(3))
    for style in range(3):
        alone = net(photo, torch.eye(3)[style : style + 1])
        torch.testing.assert_close(together[style : style + 1], alone, atol=1e-5, rtol=1e-5)
    assert (together[0] - together[1]).abs().max() > 0.1
    torch.testing.assert_close(net(photo), together[:1], atol=1e-5, rtol=1e-5)


def test_a_mixture_of_styles_is_a_mixture_of_rows() -> None:
    net, photo = _three_styles(), torch.rand(1, 3, 32, 32)
    mixed = net(photo, torch.tensor([[0.2, 0.5, 0.3]]))
    with torch.no_grad():
        net.table[0] = torch.tensor([0.2, 0.5, 0.3]) @ net.table
    torch.testing.assert_close(net(photo), mixed, atol=1e-5, rtol=1e-5)


def test_rows_hold_scales_and_shifts_in_the_order_of_the_norms() -> None:
    net = StyleNet(EASEL)
    norms = [m.channels for m in net.modules() if isinstance(m, StyleNorm)]
    assert net.splits == [2 * channels for channels in norms]
    row = torch.split(net.table[0], net.splits)[0]
    assert row.tolist() == [1.0] * norms[0] + [0.0] * norms[0]
    # Without what the last norm lets through, nothing of the photo is left.
    with torch.no_grad():
        net.table[0, -2 * norms[-1] :] = 0
    painted = net(torch.rand(1, 3, 32, 32))
    assert (painted - painted[..., :1, :1]).abs().max() < 1e-5


@pytest.mark.parametrize("output", ["sigmoid", "tanh"])
def test_bounded_outputs_stay_within_0_and_1(output: str) -> None:
    levers = Levers.from_dict({**EASEL.to_dict(), "output": output})
    painted = StyleNet(levers)(torch.rand(1, 3, 32, 32))
    assert painted.min() >= 0
    assert painted.max() <= 1


def test_levers_decide_the_modules() -> None:
    def has(levers: Levers, kind: type[nn.Module]) -> bool:
        return any(isinstance(module, kind) for module in StyleNet(levers).modules())

    assert has(EASEL, StyleNorm)
    assert has(EASEL, nn.ReflectionPad2d)
    assert not has(EASEL, nn.ConvTranspose2d)
    assert not has(Levers(norm="none"), StyleNorm)
    assert has(Levers(up="deconv"), nn.ConvTranspose2d)
    assert has(Levers(padding="zero"), nn.ZeroPad2d)
    levers = Levers(depthwise=True)
    grouped = [m for m in StyleNet(levers).modules() if isinstance(m, nn.Conv2d)]
    assert sum(m.groups == levers.width for m in grouped) == 2 * levers.blocks


@pytest.mark.parametrize("levers", [EASEL, SKETCH], ids=["nearest", "deconvolution"])
def test_reflection_leaves_a_flat_photo_flat(levers: Levers) -> None:
    """A border would show if padding brought in anything but the photo's own colour."""
    photo = torch.full((1, 3, 32, 32), 0.3)
    painted = StyleNet(levers)(photo)
    assert (painted - painted[..., :1, :1]).abs().max() < 1e-4


def test_space_to_depth_orders_channels_as_onnx_does() -> None:
    """ONNX SpaceToDepth: row in the block, then column in the block, then channel."""
    photo = torch.arange(32.0).reshape(1, 2, 4, 4)
    blocks = SpaceToDepth(2)(photo)
    assert blocks.shape == (1, 8, 2, 2)
    assert blocks[0, :, 0, 0].tolist() == [0, 16, 1, 17, 4, 20, 5, 21]
