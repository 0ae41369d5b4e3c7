"""Costs agree with the published figures and with counting by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from torch import nn

from pleinair.nets.caffe2go import Caffe2GoNet
from pleinair.nets.cost import count_parameters, kmac_per_pixel
from pleinair.nets.levers import EASEL, JOHNSON, MURAL, SKETCH, Levers
from pleinair.nets.stylenet import StyleNet


def test_johnsons_network_has_its_published_size() -> None:
    net = StyleNet(JOHNSON)
    assert round(count_parameters(net) / 1e6, 2) == 1.68
    assert round(kmac_per_pixel(net)) == 154


def test_facebooks_network_has_its_published_size() -> None:
    net = Caffe2GoNet()
    assert count_parameters(net) == 11_685
    # What padding adds weighs less on a larger image: 0.75 without it.
    assert kmac_per_pixel(net, 480, 640) == pytest.approx(0.81, abs=0.01)
    assert kmac_per_pixel(net, 4800, 6400) == pytest.approx(0.755, abs=0.002)


@pytest.mark.parametrize(
    ("levers", "budget"),
    [(SKETCH, 0.9), (EASEL, 2.5), (MURAL, 12)],
    ids=["sketch", "easel", "mural"],
)
def test_our_networks_meet_their_budgets(levers: Levers, budget: float) -> None:
    blending = 0.009  # of the painting with the photo, a 1×1 convolution in the model file
    assert 0.8 * budget < kmac_per_pixel(StyleNet(levers)) + blending <= budget


def test_the_default_network_fits_its_file() -> None:
    """67 KB for one style and twice that for twelve, at two bytes a parameter."""
    assert 2 * count_parameters(StyleNet(EASEL)) < 64_000
    assert 2 * count_parameters(StyleNet(replace(EASEL, styles=12))) < 130_000


def test_macs_of_one_convolution_are_counted_by_hand() -> None:
    conv = nn.Conv2d(3, 8, 5, stride=2, padding=2)
    assert kmac_per_pixel(conv, 64, 64) == 3 * 8 * 25 / 4 / 1000
    grouped = nn.Conv2d(3, 3, 3, padding=1, groups=3)
    assert kmac_per_pixel(grouped, 64, 64) == 3 * 9 / 1000
    deconv = nn.ConvTranspose2d(3, 8, 4, stride=2, padding=1)
    assert kmac_per_pixel(deconv, 64, 64) == 3 * 8 * 16 / 1000


def test_depthwise_blocks_are_cheaper() -> None:
    assert kmac_per_pixel(StyleNet(Levers(depthwise=True))) < 0.7 * kmac_per_pixel(
        StyleNet(Levers())
    )


def test_counting_leaves_the_network_alone() -> None:
    net = StyleNet(EASEL)
    kmac_per_pixel(net)
    assert all(p.device.type == "cpu" for p in net.parameters())
    assert not any(m._forward_hooks for m in net.modules())
