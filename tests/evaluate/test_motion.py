"""Motion that is read, found, and undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pleinair.evaluate.inputs import Photo, read_scenes
from pleinair.evaluate.motion import dis_flow, inside, read_flo, warp


def _write_flo(path: Path, flow: NDArray[np.float32]) -> None:
    height, width = flow.shape[:2]
    head = np.array([202021.25], "<f4").tobytes() + np.array([width, height], "<i4").tobytes()
    path.write_bytes(head + flow.astype("<f4").tobytes())


def test_flo_file_comes_back(tmp_path: Path) -> None:
    flow = np.random.default_rng(0).standard_normal((5, 7, 2)).astype(np.float32)
    _write_flo(tmp_path / "a.flo", flow)
    np.testing.assert_array_equal(read_flo(tmp_path / "a.flo"), flow)


@pytest.mark.parametrize("spoil", [lambda b: b[:-4], lambda b: b"PIEX" + b[4:], lambda b: b[:6]])
def test_damaged_flo_file_is_refused(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.flo"
    _write_flo(path, np.zeros((5, 7, 2), np.float32))
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ValueError, match=r"a\.flo"):
        read_flo(path)


def test_warp_reads_where_the_flow_leads() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.float32)
    flow = np.zeros((20, 30, 2), np.float32)
    flow[..., 0], flow[..., 1] = 3, -2
    np.testing.assert_allclose(warp(image, flow)[2:, :-3], image[:-2, 3:], atol=1e-2)


def test_warp_reads_between_pixels() -> None:
    ramp = np.tile(np.arange(30, dtype=np.float32)[None, :, None], (20, 1, 3))
    flow = np.zeros((20, 30, 2), np.float32)
    flow[..., 0] = 0.25
    np.testing.assert_allclose(warp(ramp, flow)[:, :-1], ramp[:, :-1] + 0.25, atol=1e-4)


def test_motion_that_leaves_the_picture_is_outside() -> None:
    flow = np.zeros((4, 6, 2), np.float32)
    flow[..., 0] = 2
    assert inside(flow)[:, :4].all()
    assert not inside(flow)[:, 4:].any()


def test_dis_flow_finds_a_pan(photos: list[Photo]) -> None:
    wide = photos[0].pixels
    flow, seen = dis_flow(wide[:, :150].copy(), wide[:, 4:154].copy())
    inner = np.s_[16:-16, 16:-16]
    assert seen[inner].mean() > 0.9
    np.testing.assert_allclose(np.median(flow[inner], axis=(0, 1)), (-4, 0), atol=0.1)


def test_dis_flow_does_not_trust_a_cut(photos: list[Photo]) -> None:
    _, seen = dis_flow(photos[0].pixels, photos[1].pixels)
    assert seen.mean() < 0.5


def test_true_motion_of_sintel_explains_its_frames(data: Callable[[str], Path]) -> None:
    for scene in read_scenes(data("flow")):
        before, after = (frame.astype(np.float32) for frame in scene.frames)
        seen = scene.visible[0]
        assert 0.5 < seen.mean() < 1
        moved = np.square(warp(after, scene.flows[0]) - before)[seen].mean()
        assert moved < 0.1 * np.square(after - before)[seen].mean()
