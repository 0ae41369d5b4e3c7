"""Where a new scene begins."""

from __future__ import annotations

import numpy as np
import pytest

from pleinair.engine import Picture
from pleinair.video import scene
from pleinair.video.cuts import Cuts


@pytest.mark.parametrize("planar", [False, True])
def test_motion_is_no_cut_and_another_scene_is(planar: bool) -> None:
    cuts = Cuts()
    frames = list(scene.frames(30, 160, 96))
    other = np.random.default_rng(0).integers(0, 256, (96, 160, 3), np.uint8)
    found = []
    for image in [*frames[:20], other, *frames[20:]]:
        chroma = np.full((48, 80, 2), 128, np.uint8)
        luma = image.mean(-1).astype(np.uint8)
        found.append(cuts.before(Picture((luma, chroma), "nv12") if planar else image))
    assert [index for index, cut in enumerate(found) if cut] == [20, 21]
