"""Pictures to distil on come in pairs, in many lights."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image

from pleinair.styles.catalogue import find
from pleinair.train.data import Photos
from pleinair.train.practice import Practice

CPU = torch.device("cpu")


def _flat() -> Photos:
    shades = [(shade, 255 - shade, 128) for shade in range(0, 250, 25)]
    return Photos([Image.new("RGB", (80, 80), shade) for shade in shades], 64, seed=0)


def test_both_of_a_pair_are_changed_alike() -> None:
    batch = Practice(_flat(), None, 0, CPU).batch(0, 8)
    assert batch.shape == (8, 3, 64, 64)
    assert float(batch.min()) >= 0
    assert float(batch.max()) <= 1
    colours = batch.mean((2, 3))
    torch.testing.assert_close(colours[::2], colours[1::2], atol=0.02, rtol=0)
    assert float((colours[0] - colours[2]).abs().max()) > 0.02


def test_half_of_them_are_painted() -> None:
    plain, painted = (
        Practice(_flat(), painter, 0, CPU).batch(3, 8) for painter in (None, Path(find("easel")))
    )
    for pair in range(2):
        assert not torch.allclose(plain[2 * pair], painted[2 * pair], atol=0.05)
    for pair in range(2, 4):
        assert float((plain[2 * pair] - painted[2 * pair]).abs().mean()) < 0.5


def test_batches_depend_on_seed_and_step_alone() -> None:
    one, again = (Practice(_flat(), None, 1, CPU) for _ in range(2))
    one.batch(0, 4)
    assert torch.equal(one.batch(5, 4), again.batch(5, 4))
    assert not torch.equal(one.batch(5, 4), one.batch(6, 4))
    assert not torch.equal(one.batch(5, 4), Practice(_flat(), None, 2, CPU).batch(5, 4))
