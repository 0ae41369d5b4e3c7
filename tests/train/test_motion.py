"""What could be the next frame: moved a little, lighter or darker, noisy."""

from __future__ import annotations

import torch

from pleinair.train.losses import warp
from pleinair.train.motion import MOST_BEND, MOST_SHIFT, next_frame, random_motion


def _random(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_motion_is_small_smooth_and_different_every_time() -> None:
    motions = [random_motion((64, 48), _random(seed)) for seed in range(40)]
    assert all(motion.shape == (1, 2, 64, 48) for motion in motions)
    assert max(float(m.abs().max()) for m in motions) <= MOST_SHIFT + MOST_BEND
    steps = [(m[..., 1:, :] - m[..., :-1, :]).abs().max() for m in motions]
    assert max(steps) < 1, "neighbours must not fold over each other"
    bent = sum(float(m.std((2, 3)).max()) > 0 for m in motions)
    assert 10 < bent < 30, "about half only shift"
    assert torch.equal(motions[3], random_motion((64, 48), _random(3)))
    assert not torch.equal(motions[3], motions[4])


def test_the_next_frame_moves_and_changes_a_little() -> None:
    photos = torch.nn.functional.interpolate(
        0.2 + 0.6 * torch.rand(2, 3, 8, 8, generator=_random(1)), (64, 64), mode="bicubic"
    )
    for seed in range(8):
        random = _random(seed)
        motion = random_motion((64, 64), random)
        frame = next_frame(photos, motion, 0.04, random)
        difference = frame - warp(photos, motion)
        assert difference.std() < 0.1
        assert 0 < difference.abs().mean() < 0.1


def test_noise_grows_with_the_light_and_without_it_frames_are_clean() -> None:
    halves = torch.cat([torch.full((1, 3, 64, 32), 0.05), torch.full((1, 3, 64, 32), 0.8)], 3)
    still = torch.zeros(1, 2, 64, 64)
    noisy = [next_frame(halves, still, 0.2, _random(seed)) for seed in range(20)]
    dark = torch.stack([frame[..., 2:30].std() for frame in noisy]).mean()
    light = torch.stack([frame[..., 34:62].std() for frame in noisy]).mean()
    assert light > 1.2 * dark > 0
    clean = next_frame(halves, still, 0.0, _random(0))
    assert clean[..., 2:30].std() < 1e-5
