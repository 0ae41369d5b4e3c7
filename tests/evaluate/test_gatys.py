"""The optimisation brings a photo nearer to the painting and keeps what is in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pleinair.evaluate.fidelity import load_judges
from pleinair.evaluate.gatys import optimise
from pleinair.evaluate.inputs import Photo
from pleinair.train.features import load_features


def test_nearer_to_the_painting_than_the_photo_and_more_like_the_photo_than_the_painting(
    features_file: Path, judges_folder: Path, photos: list[Photo]
) -> None:
    photo = photos[0].pixels[:96, :128]
    painting = np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    painting = painting.repeat(3, axis=0).repeat(4, axis=1)  # 96 x 128, hard-edged tiles
    count = 0

    def advance() -> None:
        nonlocal count
        count += 1

    made = optimise(photo, painting, load_features(features_file), 40, 0.02, advance)
    assert count == 40
    assert made.shape == photo.shape
    assert made.dtype == np.uint8
    (judge,) = load_judges(judges_folder)
    goal = judge.goal(painting)
    before, after = judge.losses(photo, photo, goal), judge.losses(made, photo, goal)
    assert before.style is not None
    assert after.style is not None
    assert after.style < 0.5 * before.style
    assert after.content < 0.6 * judge.losses(painting, photo, goal).content


def test_no_steps_leave_the_photo(features_file: Path, photos: list[Photo]) -> None:
    photo, painting = (p.pixels[:64, :64] for p in photos)
    made = optimise(photo, painting, load_features(features_file), 0, 0.02)
    np.testing.assert_array_equal(made, photo)
