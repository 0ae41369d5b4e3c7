"""Pictures of every format, in and out: against NumPy around the plain RGB path."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import av
import numpy as np
import onnx
import pytest
from av.video.reformatter import ColorRange, Colorspace
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from pleinair.engine import Session, ValueInfo, instruction_sets, library
from pleinair.engine.picture import FORMATS, PACKED
from tests.engine.emulated import cross_build, emulate
from tests.engine.networks import noise_picture
from tests.engine.pictures import (
    WEIGHTS,
    Bytes,
    as_rgb,
    assert_holds,
    copying,
    gaps,
    image_model,
    new_picture,
    node,
    noise,
    painting,
    session,
    to_pixels,
    to_planes,
)
from tests.engine.test_host import CountingHost, opened

# ---- packed formats are exact -----------------------------------------------------------------


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("pixels", PACKED)
@pytest.mark.parametrize(("width", "height"), [(64, 48), (317, 37), (129, 16), (16, 130)])
def test_packed_formats_paint_what_rgb_paints(
    pixels: str, mirrored: bool, width: int, height: int
) -> None:
    painter = session(painting())
    given = new_picture(width, height, pixels, gap=5, seed=3, mirrored=mirrored)
    rgb = as_rgb(given).astype(np.uint8)
    want = painter.run({"image": rgb[np.newaxis]})["painted"][0]
    assert want.std() > 20
    height, width = want.shape[:2]
    out = new_picture(width, height, pixels, gap=7, mirrored=mirrored)
    assert painter.paint(given, out) is out
    assert_holds(out, want)
    assert all((gap == 77).all() for gap in gaps(out, 7))


def test_arrays_are_rgb_or_rgba() -> None:
    painter, image = session(painting()), noise(40, 50, 4)
    want = painter.run({"image": np.ascontiguousarray(image[np.newaxis, ..., :3])})["painted"][0]
    plain = painter.paint(np.ascontiguousarray(image[..., :3]))
    assert np.array_equal(plain, want)
    with_alpha = painter.paint(image)
    assert np.array_equal(with_alpha[..., :3], want)
    assert (with_alpha[..., 3] == 255).all()


def test_bottom_up_rows() -> None:
    painter, image = session(painting()), noise(40, 50, 3)
    out = np.zeros_like(image)
    painter.paint(image[::-1], out[::-1])
    assert np.array_equal(out[::-1], painter.paint(np.ascontiguousarray(image[::-1])))


# ---- luma and chroma --------------------------------------------------------------------------


@pytest.mark.parametrize("pixels", ["nv12", "i420"])
@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(("width", "height"), [(64, 48), (131, 37), (1, 1), (300, 1), (1, 9)])
def test_chroma_in_is_what_the_standard_says(
    pixels: str, matrix: str, full: bool, width: int, height: int
) -> None:
    given = new_picture(width, height, pixels, gap=3, seed=9, matrix=matrix, full_range=full)
    got = session(copying()).paint(given, np.empty((height, width, 3), np.uint8))
    # What is stored has its fraction cut; the reference may lie a hair beside the engine's floats.
    want = as_rgb(given)
    assert np.array_equal(np.asarray(got), np.clip(got, np.floor(want - 1e-3), want + 1e-3))


@pytest.mark.parametrize("pixels", ["nv12", "i420"])
@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(("width", "height"), [(64, 48), (131, 37), (1, 1), (300, 1), (1, 9)])
def test_chroma_out_is_the_mean_of_what_rgb_would_hold(
    pixels: str, matrix: str, full: bool, width: int, height: int
) -> None:
    image = noise(height, width, 3, seed=4)
    out = new_picture(width, height, pixels, gap=6, matrix=matrix, full_range=full)
    session(copying()).paint(image, out)
    assert_holds(out, image)
    assert all((gap == 77).all() for gap in gaps(out, 6))


@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize("full", [False, True])
def test_greys_stay_grey(matrix: str, full: bool) -> None:
    image = np.repeat(np.arange(256, dtype=np.uint8)[np.newaxis, :, np.newaxis], 3, -1)
    out = new_picture(256, 1, "i420", matrix=matrix, full_range=full)
    session(copying()).paint(image, out)
    assert (out.planes[1] == 128).all()
    assert (out.planes[2] == 128).all()
    assert out.planes[0][0, [0, 255]].tolist() == ([0, 255] if full else [16, 235])
    back = session(copying()).paint(out, np.empty_like(image))
    assert np.abs(back.astype(int) - image).max() <= 1


def test_planar_painting_is_rgb_painting_converted() -> None:
    """Through a network: the same bytes as float RGB in, and RGB bytes converted on the way out."""
    painter = session(painting())
    given = new_picture(66, 50, "nv12", seed=21, matrix="709")
    # Without fractions the same picture can be given as plain RGB.
    whole = as_rgb(given).astype(np.uint8)
    rgb = painter.paint(whole)
    out = given.like(66, 50)
    painter.paint(whole, out)
    assert_holds(out, rgb)
    # With them, the network sees up to one step more light.
    near = painter.paint(given, np.empty_like(whole))
    assert np.abs(near.astype(int) - rgb).mean() < 3


def unscaled(frame: av.VideoFrame, pixels: str, matrix: str, full: bool) -> Bytes:
    space = Colorspace.ITU709 if matrix == "709" else Colorspace.ITU601
    spread = ColorRange.JPEG if full else ColorRange.MPEG
    rgb = frame.format.name == "rgb24"
    made = frame.reformat(
        format=pixels,
        **({"dst_colorspace": space} if rgb else {"src_colorspace": space}),
        src_color_range=ColorRange.JPEG if rgb else spread,
        dst_color_range=spread if rgb else ColorRange.JPEG,
    )
    return np.asarray(made.to_ndarray(), np.uint8)


@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize("full", [False, True])
def test_agrees_with_ffmpeg(matrix: str, full: bool) -> None:
    """On a smooth picture, where it doesn't matter how chroma is interpolated."""
    y, x = np.mgrid[:120, :160]
    image = np.stack([60 + x * 0.8, 220 - y * 1.2, 90 + (x + y) * 0.4], -1).astype(np.uint8)
    out = session(copying()).paint(
        image, new_picture(160, 120, "i420", matrix=matrix, full_range=full)
    )
    flat = np.concatenate([plane.ravel() for plane in out.planes])
    frame = av.VideoFrame.from_ndarray(image, format="rgb24")
    want = unscaled(frame, "yuv420p", matrix, full)
    assert np.abs(flat.astype(int) - want.ravel()).max() <= 2
    back = session(copying()).paint(out, np.empty_like(image))
    yuv = av.VideoFrame.from_ndarray(flat.reshape(180, 160), format="yuv420p")
    assert np.abs(back.astype(int) - unscaled(yuv, "rgb24", matrix, full)).max() <= 3


# ---- the same bits everywhere -----------------------------------------------------------------

layouts: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    pixels=st.sampled_from(FORMATS),
    gap=st.integers(0, 40),
    matrix=st.sampled_from(list(WEIGHTS)),
    full_range=st.booleans(),
    mirrored=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(
    layouts,
    layouts,
    st.integers(16, 300),
    st.integers(16, 90),
    st.integers(1, 3),
    st.sampled_from([copying, painting]),
)
def test_any_format_into_any_other(
    source: dict[str, Any],
    target: dict[str, Any],
    width: int,
    height: int,
    threads: int,
    model: Any,
) -> None:
    given = new_picture(width, height, seed=width + height, **source)
    plan = session(model())
    shape = plan.run({"image": np.zeros((1, height, width, 3), np.uint8)})["painted"].shape
    height, width = shape[1:3]
    rgb = plan.paint(given, np.empty((height, width, 3), np.uint8))
    out = plan.paint(given, new_picture(width, height, **target))
    assert_holds(out, rgb)
    for isa in instruction_sets():
        same = new_picture(width, height, **target)
        session(model(), isa, threads).paint(given, same)
        for one, other in zip(out.planes, same.planes, strict=True):
            assert np.array_equal(one, other)
        assert all((gap == 77).all() for gap in gaps(same, target["gap"]))


def all_ways(painter: Session, width: int, height: int) -> bytes:
    """What engine/tests/run_paint.cpp writes."""
    written = []
    for source, target, how in product(FORMATS, FORMATS, range(8)):
        given, out = (
            new_picture(
                width,
                height,
                pixels,
                matrix=("601", "709")[ways & 1],
                full_range=bool(ways >> 1 & 1),
                mirrored=bool(ways >> 2),
            )
            for pixels, ways in ((source, how), (target, 7 - how))
        )
        size = sum(plane.size for plane in given.planes)
        left = noise_picture(ValueInfo("bytes", np.dtype(np.uint8), (1, 1, size, 1)), 1, size)
        left = left.ravel()
        for plane in given.planes:
            plane[:] = left[: plane.size].reshape(plane.shape)
            left = left[plane.size :]
        painter.paint(given, out)
        written += [plane.tobytes() for plane in out.planes]
    return b"".join(written)


@pytest.mark.parametrize("model", [copying, painting])
def test_neon(model: Callable[[], bytes], tmp_path: Path) -> None:
    width, height = 38, 22
    file = tmp_path / "model.onnx"
    file.write_bytes(model())
    built = cross_build("aarch64-linux-android", "run_paint")
    arguments = [str(height), str(width), "3"]
    outputs = emulate("aarch64", [built / "engine" / "run_paint", file, *arguments])
    assert outputs == all_ways(session(model()), width, height)


def test_a_picture_allocates_nothing() -> None:
    host = CountingHost()
    with opened(painting(), host, (1, 37, 50, 3)) as native:
        before = host.calls
        for source, target in product(FORMATS, FORMATS):
            given, out = new_picture(50, 37, source, seed=1), new_picture(50, 38, target)
            error = library.Error()
            status = library.library().pl_session_paint(
                native,
                ctypes.byref(given.native()),
                ctypes.byref(out.native()),
                None,
                0,
                ctypes.byref(error),
            )
            library.check(status, error)
        assert host.calls == before


def test_arrays_after_pictures() -> None:
    """A picture leaves nothing behind for the next run."""
    painter, image = Session(painting(), threads=2), noise(50, 60, 3)
    want = painter.run({"image": image[np.newaxis]})["painted"]
    painter.paint(new_picture(60, 50, "i420", seed=2))
    assert np.array_equal(painter.run({"image": image[np.newaxis]})["painted"], want)
    painter.paint(new_picture(60, 50, "bgra", seed=2))
    assert np.array_equal(painter.paint(image), want[0])


def cropping(top: int, size: int) -> bytes:
    """Cuts rows off the result, which moves the pairs of rows that share chroma."""
    nodes = [
        *to_planes(),
        node("Conv", ["planes", "w"], ["c"], pads=[size // 2] * 4),
        node("Slice", ["c", "start", "end", "axis"], ["cut"]),
        *to_pixels("cut"),
    ]
    weights = np.zeros((3, 3, size, size))
    for c in range(3):
        weights[c, c] = 1 / size**2
    made = image_model(nodes, {"w": weights})
    loaded = onnx.load_from_string(made)
    for name, value in {"start": top, "end": 1 << 30, "axis": 2}.items():
        loaded.graph.initializer.append(numpy_helper.from_array(np.array([value]), name))
    return bytes(loaded.SerializeToString())


@pytest.mark.parametrize("size", [3, 5])  # of the kernel: row by row, and four rows at a time
@pytest.mark.parametrize("top", [0, 1, 2, 3])
def test_cropped_results_keep_their_pairs(top: int, size: int) -> None:
    image = noise(101, 1000, 3, seed=6)  # wide enough for all threads to get some of it
    model = cropping(top, size)
    want = session(model).paint(image)
    assert want.shape == (101 - top, 1000, 3)
    for threads in 1, 2, 3, 7:
        out = new_picture(1000, 101 - top, "i420")
        session(model, threads=threads).paint(image, out)
        assert_holds(out, want)


# ---- what else a model may have ---------------------------------------------------------------


def test_other_inputs() -> None:
    light = helper.make_tensor_value_info("light", TensorProto.FLOAT, [1, 3, 1, 1])
    nodes = [*to_planes(), node("Mul", ["planes", "light"], ["lit"]), *to_pixels("lit")]
    model, image = image_model(nodes, extra=[light]), noise(20, 30, 3) // 2
    factor = np.array([1, 2, 0.5], np.float32).reshape(1, 3, 1, 1)
    got = session(model).paint(image, inputs={"light": factor})
    assert np.array_equal(got, (image * factor.ravel()).astype(np.uint8))
    with pytest.raises(ValueError, match="'light' is missing"):
        session(model).paint(image)
    with pytest.raises(ValueError, match="no input 'dark'"):
        session(model).paint(image, inputs={"dark": factor})
