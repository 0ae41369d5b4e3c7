"""The scene that the package draws itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pleinair.video import scene


def test_same_arguments_give_the_same_frames() -> None:
    once = list(scene.frames(3, 192, 108))
    again = list(scene.frames(3, 192, 108))
    assert len(once) == 3
    for a, b in zip(once, again, strict=True):
        assert a.shape == (108, 192, 3)
        assert a.dtype == np.uint8
        np.testing.assert_array_equal(a, b)


def test_something_moves_everywhere_but_only_a_little_from_frame_to_frame() -> None:
    frames = [frame.astype(float) for frame in scene.frames(150, 320, 180)]
    steps = [np.abs(b - a).mean() for a, b in itertools.pairwise(frames)]
    assert max(steps) < 12
    change = np.abs(frames[-1] - frames[0]).mean(axis=2)
    bands = [band.mean() for band in np.array_split(change, 6)]
    assert min(bands) > 4


def test_there_is_much_to_see() -> None:
    frame = next(iter(scene.frames(1)))
    hues = np.unique(frame.reshape(-1, 3) // 32, axis=0)
    assert len(hues) > 100  # of 512
    edges = np.abs(np.diff(frame.astype(int), axis=1)).sum(axis=2) > 40
    assert 0.02 < edges.mean() < 0.3


@pytest.mark.parametrize("size", [(64, 64), (101, 77), (64, 400), (500, 64)])
def test_any_size(size: tuple[int, int]) -> None:
    width, height = size
    for frame in scene.frames(2, width, height):
        assert frame.shape == (height, width, 3)


def test_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 64×64 pixels, not 63×64"):
        next(iter(scene.frames(1, 63, 64)))
