"""Likeness is perfect for a network with itself, and none for an unrelated one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pleinair.train import losses
from pleinair.train.features import load_features
from pleinair.train.likeness import Heads, likeness, log_distances

TAPS = ("relu1_1", "relu2_1")


def _pictures(count: int = 6) -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    coarse = torch.rand(count, 3, 4, 4, generator=random)
    contrast = torch.linspace(0.2, 1, count)[:, None, None, None]
    return torch.nn.functional.interpolate(contrast * coarse, 32, mode="bicubic").clamp(0, 1)


def test_a_network_explains_itself(features_file: Path) -> None:
    teacher, student = load_features(features_file), load_features(features_file)
    heads = Heads(student, teacher, TAPS)
    heads.learn_units([teacher(_pictures(), TAPS)])
    nothing = likeness(student, teacher, heads, _pictures())
    with torch.no_grad():
        for tap in TAPS:
            deviation = heads.get_buffer(f"deviation_{tap}").flatten()
            weight = torch.diag(1 / deviation)[:, :, None, None]
            heads.maps[tap].weight.copy_(weight)  # type: ignore[operator]
            heads.maps[tap].bias.copy_(-heads.get_buffer(f"mean_{tap}").flatten() / deviation)  # type: ignore[operator]
    seen = likeness(student, teacher, heads, _pictures())
    for tap in TAPS:
        assert seen[tap].explained == pytest.approx(1, abs=1e-4)
        assert seen[tap].agreement == pytest.approx(1, abs=1e-4)
        assert nothing[tap].explained < 0.9


def test_units_are_the_teachers(features_file: Path) -> None:
    teacher = load_features(features_file)
    heads = Heads(teacher, teacher, TAPS)
    found = teacher(_pictures(), TAPS)
    heads.learn_units([found])
    values = heads.in_units("relu2_1", found["relu2_1"])
    live = found["relu2_1"].std((0, 2, 3)) > 0.2 * found["relu2_1"].std((0, 2, 3)).mean()
    assert live.any()
    torch.testing.assert_close(
        values.mean((0, 2, 3))[live], torch.zeros(int(live.sum())), atol=1e-4, rtol=0
    )
    torch.testing.assert_close(values.std((0, 2, 3))[live], torch.ones(int(live.sum())))


def test_distances_are_those_of_the_style_loss(features_file: Path) -> None:
    found = load_features(features_file)(_pictures(3), ("relu1_1",))
    moments = losses.moments(found["relu1_1"])
    distances = log_distances(moments).exp() - 0.05
    assert distances.shape == (6,)
    goal = losses.Moments(moments.mean[1:2], moments.covariance[1:2])
    expected = losses.style_distances({"relu1_1": found["relu1_1"][:1]}, {"relu1_1": goal})
    torch.testing.assert_close(distances[:1], expected[0], atol=1e-5, rtol=1e-4)
