"""Drawn pictures are the same for the same seed, and as varied as photographs are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from pleinair.train import drawn


def test_pictures_depend_on_seed_and_number_alone() -> None:
    calls: list[int] = []
    first = drawn.drawings(3, 64, 5, lambda: calls.append(1))
    assert len(calls) == 3
    assert [picture.size for picture in first] == [(64, 64)] * 3
    again, other = drawn.drawings(2, 64, 5), drawn.drawings(1, 64, 6)
    for one, same in zip(first, again, strict=False):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(same))
    assert not np.array_equal(np.asarray(first[0]), np.asarray(first[1]))
    assert not np.array_equal(np.asarray(first[0]), np.asarray(other[0]))


@pytest.mark.parametrize("kind", drawn.KINDS, ids=lambda kind: kind.__name__.strip("_"))
def test_every_kind_shows_something(kind: drawn.Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "KINDS", {kind: 1.0})
    for seed in range(3):
        picture = drawn.draw(96, np.random.default_rng(seed))
        assert picture.shape == (96, 96, 3)
        assert picture.dtype == np.uint8
        assert np.ptp(np.percentile(picture.mean(2), (5, 95))) > 15


def test_kinds_are_drawn_as_often_as_it_says() -> None:
    assert sum(drawn.KINDS.values()) == pytest.approx(1)


def test_pictures_have_structure_of_every_size_as_photographs_have() -> None:
    """Their mean amplitude falls by a power of the frequency of about −1 (Field 1987)."""
    pictures = np.stack([np.asarray(image.convert("L")) for image in drawn.drawings(24, 128, 0)])
    waves = np.abs(np.fft.fft2(pictures - pictures.mean((1, 2), keepdims=True))).mean(0)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(128), np.fft.fftfreq(128)))
    edges = np.geomspace(2 / 128, 0.4, 9)
    bands = [waves[(frequency >= a) & (frequency < b)].mean() for a, b in pairwise(edges)]
    slope = np.polyfit(np.log(np.sqrt(edges[1:] * edges[:-1])), np.log(bands), 1)[0]
    assert -1.5 < slope < -0.7


def test_scenes_are_frames_of_the_demo() -> None:
    assert all(
        isinstance(scene, Image.Image) and scene.size == (800, 512) for scene in drawn.scenes()
    )
