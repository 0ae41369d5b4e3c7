"""Leaves lie where they should, hide one another, and have the sizes of the model."""

from __future__ import annotations

import numpy as np

from pleinair.train import leaves


def test_radii_follow_the_density_of_the_model() -> None:
    """With a density of r⁻³ half of the leaves are below √2 of the least radius, nearly."""
    made = leaves.scatter(64, np.random.default_rng(0), 4000, (2.0, 200.0), leaves.SHAPES)
    radii = made.radii[1:]
    assert radii.min() >= 2
    assert radii.max() <= 200
    assert abs(np.median(radii) - 2 * np.sqrt(2)) < 0.15


def test_later_leaves_hide_earlier_ones() -> None:
    made = leaves.scatter(64, np.random.default_rng(1), 400, (8.0, 40.0), leaves.SHAPES)
    assert made.labels.shape == (64, 64)
    assert made.fine.shape == (128, 128)
    assert np.median(made.labels) > 300


def test_leaves_cover_about_what_their_radii_say() -> None:
    made = leaves.scatter(128, np.random.default_rng(2), 1, (30.0, 31.0), (24,), round_share=0)
    rows, columns = np.nonzero(made.labels)
    assert 0 < len(rows) < 4 * 31**2
    away = np.hypot(rows - made.centres[1, 0], columns - made.centres[1, 1])
    assert away.max() < 2 * 31


def test_noise_has_the_spectrum_that_was_asked_for() -> None:
    field = leaves.noise(256, np.random.default_rng(3), 1.5)
    assert field.mean() < 1e-3
    np.testing.assert_allclose(field.std(), 1, rtol=1e-3)
    waves = np.abs(np.fft.rfft2(field))
    frequency = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.rfftfreq(256)[None])
    inner = (frequency > 0.02) & (frequency < 0.4)
    slope = np.polyfit(np.log(frequency[inner]), np.log(waves[inner]), 1)[0]
    assert abs(slope + 1.5) < 0.05


def test_colours_are_colours() -> None:
    colours = leaves.palette(np.random.default_rng(4), 500)
    assert colours.shape == (500, 3)
    assert colours.min() >= 0
    assert colours.max() <= 1
    assert colours.mean(1).std() > 0.15
