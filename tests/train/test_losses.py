"""Losses have known values, vanish where they must, and lead downhill."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from pleinair.train import losses
from pleinair.train.losses import Moments


def _noise(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_moments_of_two_channels_by_hand() -> None:
    features = torch.tensor([[[[1.0, 3.0]], [[2.0, 6.0]]]])
    found = losses.moments(features)
    assert found.mean.tolist() == [[2.0, 4.0]]
    assert found.covariance.tolist() == [[[1.0, 2.0], [2.0, 4.0]]]


def test_covariance_ignores_a_constant_added_to_the_features() -> None:
    features = _noise(0, 2, 5, 8, 8)
    plain, raised = losses.moments(features), losses.moments(features + 100)
    torch.testing.assert_close(raised.covariance, plain.covariance, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(raised.mean, plain.mean + 100)


def test_the_moments_gradient_is_that_of_automatic_differentiation() -> None:
    weights = _noise(15, 2, 5, 5), _noise(16, 2, 5)
    by_hand, by_rule = (_noise(0, 2, 5, 8, 8).requires_grad_() for _ in range(2))
    flat = by_hand.flatten(2)
    centred = flat - flat.mean(2, keepdim=True)
    covariance = centred @ centred.mT / 64
    torch.autograd.backward((covariance * weights[0]).sum() + (flat.mean(2) * weights[1]).sum())
    found = losses.moments(by_rule)
    torch.autograd.backward((found.covariance * weights[0]).sum() + (found.mean * weights[1]).sum())
    assert by_hand.grad is not None
    torch.testing.assert_close(by_rule.grad, by_hand.grad)


def test_style_loss_by_hand() -> None:
    """Covariance doubled: Σ cov² / Σ cov² = 1; mean off by the deviation: var / var = 1."""
    found = {"relu1_1": torch.tensor([[[[-1.0, 1.0]]]])}
    half = {"relu1_1": Moments(torch.zeros(1, 1), torch.full((1, 1, 1), 0.5))}
    assert losses.style_loss(found, half).item() == pytest.approx(1.0)
    beside = {"relu1_1": Moments(torch.ones(1, 1), torch.ones(1, 1, 1))}
    assert losses.style_loss(found, beside).item() == pytest.approx(1.0)


def test_style_loss_averages_layers_and_tells_pictures_apart() -> None:
    same = _noise(1, 1, 3, 8, 8)
    goal = losses.moments(same)
    off = {
        "a": Moments(goal.mean + goal.covariance.diagonal(dim1=1, dim2=2).sqrt(), goal.covariance)
    }
    alone = losses.style_loss({"a": same}, off).item()
    assert alone == pytest.approx(1.0, abs=1e-4)
    both = losses.style_loss({"a": same, "b": same}, {**off, "b": goal}).item()
    assert both == pytest.approx(alone / 2, abs=1e-4)
    each = Moments(
        torch.cat([goal.mean, off["a"].mean]), torch.cat([goal.covariance, goal.covariance])
    )
    found = losses.style_distances({"a": same.repeat(2, 1, 1, 1)}, {"a": each})
    torch.testing.assert_close(found, torch.tensor([[0.0, alone]]), atol=1e-4, rtol=1e-4)


def test_identical_pictures_cost_nothing() -> None:
    picture = _noise(2, 1, 3, 16, 16)
    assert losses.style_loss({"a": picture}, {"a": losses.moments(picture)}).item() == 0
    assert losses.content_loss(picture, picture).item() == 0
    assert losses.range_loss(picture).item() == 0
    assert losses.steadiness_loss(picture, picture, torch.zeros(1, 2, 16, 16)).item() < 1e-9


def test_content_ignores_colour_and_contrast_but_not_shape() -> None:
    picture = _noise(3, 1, 4, 32, 32)
    assert losses.content_loss(3 * picture + 1, picture).item() < 1e-4
    assert losses.content_loss(_noise(4, 1, 4, 32, 32), picture).item() == pytest.approx(2, abs=0.1)


def test_tone_follows_lightness_not_contrast_or_colour() -> None:
    photo = _noise(12, 1, 3, 64, 64)
    assert losses.tone_loss(0.5 * photo + 0.2, photo).item() < 1e-2
    assert losses.tone_loss(1 - photo, photo).item() == pytest.approx(4, abs=0.1)
    grey = F.avg_pool2d(photo, 8).repeat_interleave(8, -1).repeat_interleave(8, -2)
    assert losses.tone_loss(grey, photo).item() < 1e-6


def test_total_variation_by_hand() -> None:
    assert losses.total_variation(torch.full((1, 3, 4, 4), 0.7)).item() == 0
    stripes = torch.tensor([0.0, 1.0]).repeat(2).expand(1, 3, 4, 4)
    assert losses.total_variation(stripes).item() == 1


def test_range_loss_by_hand() -> None:
    pictures = torch.tensor([-0.5, 0.0, 1.0, 1.5, 0.0, 0.5, 1.0, 0.2]).reshape(2, 1, 2, 2)
    assert losses.range_loss(pictures).tolist() == [0.125, 0.0]


def test_grid_is_seen_and_a_slope_or_strokes_are_not() -> None:
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    grid = 0.05 * (columns % 4 == 1).float().expand(1, 3, 64, 64)
    slope = (0.3 * rows / 64 + 0.6 * columns / 64).expand(1, 3, 64, 64)
    strokes = 0.05 * torch.sin(columns * 1.1 + rows * 0.3).expand(1, 3, 64, 64)
    seen = losses.grid_loss(grid, 4).item()
    assert seen > 1e-4
    assert losses.grid_loss(slope, 4).item() < 0.01 * seen
    assert losses.grid_loss(strokes, 4).item() < 0.05 * seen
    assert losses.grid_loss(slope + grid, 4).item() == pytest.approx(seen, rel=0.05)


def _shift(rows: float, columns: float, side: int) -> torch.Tensor:
    return torch.tensor([rows, columns]).reshape(1, 2, 1, 1).expand(1, 2, side, side)


def test_steadiness_follows_the_motion_and_skips_what_comes_from_outside() -> None:
    painted = _noise(5, 1, 3, 16, 16)
    moved = torch.roll(painted, (2, -1), (-2, -1))
    assert losses.steadiness_loss(painted, moved, _shift(2, -1, 16)).item() < 1e-9
    assert losses.steadiness_loss(painted, moved, _shift(0, 0, 16)).item() > 0.05
    moved[..., :2, :] = moved[..., -1] = 9
    assert losses.steadiness_loss(painted, moved, _shift(2, -1, 16)).item() < 1e-9


def test_steadiness_sees_all_borders_that_the_scene_moves_away_from() -> None:
    """Or a network paints along them what may not tremble inside."""
    painted = torch.zeros(1, 1, 16, 16)
    framed = painted.clone()
    framed[..., 0, :] = framed[..., -1, :] = framed[..., :, 0] = framed[..., :, -1] = 1
    for away in ((3, 0), (-3, 0), (0, 3), (0, -3)):
        # The line that arrives where it was not before, and the one that is left behind.
        loss = losses.steadiness_loss(framed, framed, _shift(*away, 16)).item()
        assert loss == pytest.approx(2 * 14 / (13 * 16))
    half = losses.steadiness_loss(painted, framed, _shift(8, 0, 16)).item()
    assert half == pytest.approx((8 * 2 + 14) / (8 * 16)), "the mean over what is seen alone"


def test_warping_moves_whole_pixels_exactly_and_halves_between() -> None:
    image = _noise(14, 2, 3, 12, 20)
    moved = losses.warp(image, _shift(0, 0, 1).expand(1, 2, 12, 20))
    torch.testing.assert_close(moved, image, atol=1e-5, rtol=1e-5)
    down = losses.warp(image, torch.tensor([3.0, -2.0]).reshape(1, 2, 1, 1).expand(2, 2, 12, 20))
    torch.testing.assert_close(down[..., 3:, :-2], image[..., :-3, 2:], atol=1e-5, rtol=1e-5)
    ramp = torch.arange(20.0).expand(1, 1, 12, 20)
    half = losses.warp(ramp, torch.tensor([0.0, 0.5]).reshape(1, 2, 1, 1).expand(1, 2, 12, 20))
    torch.testing.assert_close(half[..., 4:-4], ramp[..., 4:-4] - 0.5, atol=1e-4, rtol=1e-4)


def test_gradient_descent_on_the_style_loss_brings_the_moments_near() -> None:
    goal = losses.moments(_noise(6, 1, 3, 12, 12) * torch.tensor([1.0, 0.5, 0.2])[:, None, None])
    picture = _noise(7, 1, 3, 12, 12).requires_grad_()
    optimizer = torch.optim.Adam([picture], lr=0.02)
    first = losses.style_loss({"a": picture}, {"a": goal}).item()
    for _ in range(100):
        optimizer.zero_grad()
        torch.autograd.backward(losses.style_loss({"a": picture}, {"a": goal}))
        optimizer.step()
    assert losses.style_loss({"a": picture}, {"a": goal}).item() < 0.01 * first


@pytest.mark.parametrize("loss", ["style", "content", "variation", "range"])
def test_gradients_agree_with_finite_differences(loss: str) -> None:
    goal = losses.moments(_noise(8, 1, 2, 4, 4))
    other = _noise(9, 1, 2, 4, 4)
    functions = {
        "style": lambda x: losses.style_loss({"a": x}, {"a": goal}),
        "content": lambda x: losses.content_loss(x, other),
        "variation": losses.total_variation,
        "range": losses.range_loss,
    }
    at = 2 * _noise(10, 1, 2, 4, 4) - 0.5
    way = _noise(11, 1, 2, 4, 4) - 0.5
    x = at.clone().requires_grad_()
    torch.autograd.backward(functions[loss](x).sum())
    assert x.grad is not None
    slope = (x.grad * way).sum().item()
    step = 1e-2
    ahead, behind = functions[loss](at + step * way), functions[loss](at - step * way)
    assert slope == pytest.approx((ahead - behind).item() / (2 * step), rel=0.03, abs=1e-3)
