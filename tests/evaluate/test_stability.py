"""Networks whose unrest is known: ones that move with the scene, and ones that don't."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from pleinair.evaluate.inputs import Clip, Photo
from pleinair.evaluate.stability import flicker, shift_error, warp_error

Pixels = NDArray[np.uint8]
HEIGHT, WIDTH, STEP = 96, 128, 2
PATTERN = np.where(np.add.outer(np.arange(400), np.arange(400)) % 3, 0, 30)[..., None]


def identity(frame: Pixels) -> Pixels:
    return frame


def half(frame: Pixels) -> Pixels:
    return (frame // 2).astype(np.uint8)


def textured(frame: Pixels) -> Pixels:
    """Lay a pattern over the frame that stays where it is, on the screen."""
    height, width = frame.shape[:2]
    return np.clip(frame + PATTERN[:height, :width], 0, 255).astype(np.uint8)


def moving_by_one(frame: Pixels) -> Pixels:
    """Move everything: a network may shift what it paints, as long as it always does."""
    return np.roll(frame, 1, axis=1)


@pytest.fixture(scope="module")
def pan(photos: list[Photo]) -> Clip:
    """A camera that pans to the right, so that everything moves to the left."""
    wide = photos[0].pixels
    frames = [wide[:HEIGHT, STEP * i : STEP * i + WIDTH] for i in range(4)]
    flow = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    flow[..., 0] = -STEP
    seen = np.ones((HEIGHT, WIDTH), np.bool_)
    seen[:, :STEP] = False
    return Clip("pan", frames, [flow] * 3, [seen] * 3)


def test_painting_that_moves_with_the_scene_has_no_warp_error(pan: Clip) -> None:
    assert warp_error(identity, [pan]).painted < 1e-3
    assert warp_error(half, [pan]).painted < 1e-3


def test_warp_error_of_what_is_unpainted_is_its_own(photos: list[Photo]) -> None:
    still = Clip("cut", [photos[0].pixels, photos[1].pixels], *_still(photos[0].pixels.shape))
    apart = photos[0].pixels.astype(float) - photos[1].pixels
    found = warp_error(identity, [still])
    assert found.painted == pytest.approx(np.sqrt(np.square(apart).mean()), rel=1e-5)
    assert found.to_dict()["ratio"] == 1


def _still(
    shape: tuple[int, ...],
) -> tuple[list[NDArray[np.float32]], list[NDArray[np.bool_]]]:
    return [np.zeros((*shape[:2], 2), np.float32)], [np.ones(shape[:2], np.bool_)]


def test_texture_on_the_screen_has_the_warp_error_of_its_own_displacement(pan: Clip) -> None:
    texture = PATTERN[:HEIGHT, :WIDTH].astype(float)
    apart = texture[:, STEP:] - np.roll(texture, STEP, axis=1)[:, STEP:]
    expected = np.sqrt(np.square(apart).mean())
    assert expected > 10
    assert warp_error(textured, [pan]).painted == pytest.approx(expected, rel=1e-3)


def test_hidden_pixels_do_not_count(pan: Clip) -> None:
    spoilt = [frame.copy() for frame in pan.frames]
    for frame in spoilt:
        frame[40:60] = np.random.default_rng(1).integers(0, 256, frame[40:60].shape, np.uint8)
    seen = pan.visible[0].copy()
    seen[40:60] = False
    hidden = Clip("hidden", spoilt, pan.flows, [seen] * 3)
    assert warp_error(identity, [hidden]).painted < 1e-3
    shown = Clip("shown", spoilt, pan.flows, pan.visible)
    assert warp_error(identity, [shown]).painted > 10


def test_clip_without_a_visible_pixel_is_refused(pan: Clip) -> None:
    blind = Clip("blind", pan.frames, pan.flows, [np.zeros((HEIGHT, WIDTH), np.bool_)] * 3)
    with pytest.raises(ValueError, match="blind: no motion"):
        warp_error(identity, [blind])


def test_flicker_of_what_is_unpainted_is_the_noise(photos: list[Photo]) -> None:
    found = flicker(identity, photos, noise=4.0, copies=8)
    # Rounding to whole steps adds a variance of 1/12.
    assert found.plain == pytest.approx(np.sqrt(16 + 1 / 12), rel=0.01)
    assert found.to_dict()["ratio"] == 1


@pytest.mark.parametrize("gain", [0.0, 0.5, 2.0])
def test_flicker_is_the_gain_of_the_noise(gain: float) -> None:
    def paint(frame: Pixels) -> Pixels:
        return np.clip(np.rint(128 + gain * (frame.astype(float) - 128)), 0, 255).astype(np.uint8)

    calm = [Photo("grey", np.full((64, 64, 3), 128, np.uint8))]
    ratio = flicker(paint, calm, noise=6.0, copies=8).to_dict()["ratio"]
    assert ratio == pytest.approx(gain, abs=0.02)


def test_flicker_is_the_same_every_time(photos: list[Photo]) -> None:
    assert flicker(half, photos, 4.0, 3) == flicker(half, photos, 4.0, 3)


@pytest.mark.parametrize("paint", [identity, half, moving_by_one])
def test_pure_shift_networks_have_no_shift_error(photos: list[Photo], paint) -> None:  # type: ignore[no-untyped-def]
    found = shift_error(paint, photos)
    assert found.painted == 0
    assert found.plain > 1


def test_texture_on_the_screen_has_the_shift_error_of_its_own_displacement(
    photos: list[Photo],
) -> None:
    shifts = ((0, 1), (1, 0), (0, 2), (2, 0), (0, 3), (3, 0))
    expected = []
    for shift in shifts:
        moved = np.roll(PATTERN, shift, axis=(0, 1)).astype(float)
        expected.append(np.square(moved - PATTERN)[10:310, 10:310].mean())
    # A pattern with a period of 3 pixels agrees with itself after 3.
    assert expected[-1] == expected[-2] == 0
    found = shift_error(textured, photos).painted
    assert found == pytest.approx(np.sqrt(np.mean(expected)), rel=0.02)


def test_frames_of_a_pan_differ(pan: Clip) -> None:
    assert all(not np.array_equal(a, b) for a, b in pairwise(pan.frames))
