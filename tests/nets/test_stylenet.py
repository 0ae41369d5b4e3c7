"""Networks come out of their levers with the right shapes and parts."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from pleinair.nets.levers import JOHNSON, OURS, Levers
from pleinair.nets.stylenet import SpaceToDepth, StyleNet

VARIANTS = {
    "ours": OURS,
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


@pytest.mark.parametrize("output", ["sigmoid", "tanh"])
def test_bounded_outputs_stay_within_0_and_1(output: str) -> None:
    levers = Levers.from_dict({**OURS.to_dict(), "output": output})
    painted = StyleNet(levers)(torch.rand(1, 3, 32, 32))
    assert painted.min() >= 0
    assert painted.max() <= 1


def test_levers_decide_the_modules() -> None:
    def has(levers: Levers, kind: type[nn.Module]) -> bool:
        return any(isinstance(module, kind) for module in StyleNet(levers).modules())

    assert has(OURS, nn.InstanceNorm2d)
    assert has(OURS, nn.ReflectionPad2d)
    assert not has(OURS, nn.ConvTranspose2d)
    assert not has(Levers(norm="none"), nn.InstanceNorm2d)
    assert has(Levers(up="deconv"), nn.ConvTranspose2d)
    assert has(Levers(padding="zero"), nn.ZeroPad2d)
    grouped = [m for m in StyleNet(Levers(depthwise=True)).modules() if isinstance(m, nn.Conv2d)]
    assert sum(m.groups == OURS.width for m in grouped) == 2 * OURS.blocks


def test_reflection_leaves_a_flat_photo_flat() -> None:
    """A border would show if padding brought in anything but the photo's own colour."""
    photo = torch.full((1, 3, 32, 32), 0.3)
    painted = StyleNet(OURS)(photo)
    assert (painted - painted[..., :1, :1]).abs().max() < 1e-4


def test_space_to_depth_orders_channels_as_onnx_does() -> None:
    """ONNX SpaceToDepth: row in the block, then column in the block, then channel."""
    photo = torch.arange(32.0).reshape(1, 2, 4, 4)
    blocks = SpaceToDepth(2)(photo)
    assert blocks.shape == (1, 8, 2, 2)
    assert blocks[0, :, 0, 0].tolist() == [0, 16, 1, 17, 4, 20, 5, 21]
