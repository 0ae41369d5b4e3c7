"""Pictures of every format, in and out: against NumPy around the plain RGB path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
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
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from pleinair.engine import EngineError, Picture, Session, ValueInfo, instruction_sets
from pleinair.engine.picture import FORMATS, PACKED, plane_shapes
from tests.engine.emulated import cross_build, emulate
from tests.engine.networks import noise_picture

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
node = helper.make_node

WEIGHTS = {"601": (0.299, 0.587, 0.114), "709": (0.2126, 0.7152, 0.0722)}


# ---- models -----------------------------------------------------------------------------------


def image_model(
    nodes: Sequence[NodeProto], constants: dict[str, Any] | None = None, extra: Sequence[Any] = ()
) -> bytes:
    shape: list[str | int | None] = [1, "height", "width", 3]
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, shape)
    painted = helper.make_tensor_value_info("painted", TensorProto.UINT8, [1, "h", "w", 3])
    initializers = [
        numpy_helper.from_array(np.asarray(value, np.float32), name)
        for name, value in (constants or {}).items()
    ]
    graph = helper.make_graph(list(nodes), "graph", [image, *extra], [painted], initializers)
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def to_planes() -> list[NodeProto]:
    return [
        node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
    ]


def to_pixels(last: str) -> list[NodeProto]:
    return [
        node("Cast", [last], ["bytes"], to=TensorProto.UINT8),
        node("Transpose", ["bytes"], ["painted"], perm=[0, 2, 3, 1]),
    ]


@cache
def copying() -> bytes:
    """Gives every pixel back: a single map from rows to rows."""
    nodes = [*to_planes(), node("Mul", ["planes", "one"], ["same"]), *to_pixels("same")]
    return image_model(nodes, {"one": 1})


@cache
def painting() -> bytes:
    """A small network like a style: stride 2, norm, ×2, and a last layer by pixels."""
    random = np.random.default_rng(5)
    constants = {
        "w0": random.standard_normal((8, 3, 5, 5)) / 400,
        "w1": random.standard_normal((3, 8, 3, 3)) * 12,
        "scale": random.standard_normal(8),
        "bias": random.standard_normal(8),
        "grey": 120,
        "two": [1, 1, 2, 2],
    }
    asymmetric = {"coordinate_transformation_mode": "asymmetric"}
    nodes = [
        *to_planes(),
        node("Conv", ["planes", "w0"], ["c0"], strides=[2, 2], pads=[2] * 4),
        node("InstanceNormalization", ["c0", "scale", "bias"], ["n0"]),
        node("Relu", ["n0"], ["r0"]),
        node("Resize", ["r0", "", "two"], ["u0"], nearest_mode="floor", **asymmetric),
        node("Conv", ["u0", "w1"], ["c1"], pads=[1] * 4),
        node("Add", ["c1", "grey"], ["a1"]),
        *to_pixels("a1"),
    ]
    return image_model(nodes, constants)


@cache
def session(model: bytes, isa: str | None = None, threads: int = 1) -> Session:
    return Session(model, isa=isa, threads=threads)


# ---- the reference ----------------------------------------------------------------------------


def noise(*shape: int, seed: int = 0) -> Bytes:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def new_picture(
    width: int, height: int, pixels: str, *, gap: int = 0, seed: int | None = None, **how: Any
) -> Picture:
    """A picture whose rows lie `gap` bytes apart, of noise or of zeros with 77 in the gaps."""
    planes = []
    for index, shape in enumerate(plane_shapes(pixels, width, height)):
        row = int(np.prod(shape[1:]))
        memory = np.full((shape[0], row + gap), 77, np.uint8)
        memory[:, :row] = 0 if seed is None else noise(shape[0], row, seed=seed + index)
        strides = (row + gap, *((shape[2], 1) if len(shape) == 3 else (1,)))
        planes.append(np.lib.stride_tricks.as_strided(memory, shape, strides))
    return Picture(tuple(planes), pixels, **how)


def gaps(picture: Picture, gap: int) -> list[Bytes]:
    """The bytes between the rows of new_picture(gap=gap)."""
    found = []
    for plane in picture.planes:
        row = int(np.prod(plane.shape[1:]))
        flat = np.lib.stride_tricks.as_strided(plane, (plane.shape[0], row + gap), (row + gap, 1))
        found.append(flat[:, row:])
    return found


def chroma_of(picture: Picture) -> tuple[Bytes, Bytes]:
    if picture.format == "nv12":
        return picture.planes[1][..., 0], picture.planes[1][..., 1]
    return picture.planes[1], picture.planes[2]


def scale_of(full: bool) -> tuple[float, float, float]:
    """Black, and what luma and chroma are multiplied by."""
    return (0, 1, 1) if full else (16, 219 / 255, 224 / 255)


def as_rgb(picture: Picture) -> Floats:
    """Red, green, blue of 0..255 with their fractions."""
    if picture.format in PACKED:
        order = [2, 1, 0] if picture.format.startswith("b") else [0, 1, 2]
        rgb = picture.planes[0][..., order].astype(np.float64)
    else:
        red, green, blue = WEIGHTS[picture.matrix]
        black, luma, chroma = scale_of(picture.full_range)
        y = (picture.planes[0].astype(np.float64) - black) / luma
        spread = [
            np.kron(c, np.ones((2, 2)))[: y.shape[0], : y.shape[1]] for c in chroma_of(picture)
        ]
        cb, cr = ((c - 128) / chroma for c in spread)
        r, b = y + cr * 2 * (1 - red), y + cb * 2 * (1 - blue)
        g = (y - red * r - blue * b) / green
        rgb = np.clip(np.stack([r, g, b], -1), 0, 255)
    return rgb[:, ::-1] if picture.mirrored else rgb


def from_rgb(rgb: Bytes, like: Picture) -> list[Floats]:
    """What the planes of `like` should hold, before rounding."""
    image = (rgb[:, ::-1] if like.mirrored else rgb).astype(np.float64)
    if like.format in PACKED:
        order = [2, 1, 0] if like.format.startswith("b") else [0, 1, 2]
        alpha = [np.full((*image.shape[:2], 1), 255.0)] * (PACKED[like.format] - 3)
        return [np.concatenate([image[..., order], *alpha], -1)]
    weights = np.array(WEIGHTS[like.matrix])
    black, luma, chroma = scale_of(like.full_range)
    height, width = image.shape[:2]
    even = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    mean = even.reshape(len(even) // 2, 2, -1, 2, 3).mean((1, 3))
    grey = mean @ weights
    cb = 128 + chroma * (mean[..., 2] - grey) / (2 * (1 - weights[2]))
    cr = 128 + chroma * (mean[..., 0] - grey) / (2 * (1 - weights[0]))
    planes = [black + luma * (image @ weights)]
    return planes + ([np.stack([cb, cr], -1)] if like.format == "nv12" else [cb, cr])


def assert_holds(picture: Picture, rgb: Bytes) -> None:
    """Each byte of the picture is the nearest to what `rgb` says."""
    for plane, want in zip(picture.planes, from_rgb(rgb, picture), strict=True):
        assert np.abs(plane - np.clip(want, 0, 255)).max() <= 0.5 + 1e-3


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


def test_arrays_after_pictures() -> None:
    """A picture leaves nothing behind for the next run."""
    painter, image = Session(painting(), threads=2), noise(50, 60, 3)
    want = painter.run({"image": image[np.newaxis]})["painted"]
    painter.paint(new_picture(60, 50, "i420", seed=2))
    assert np.array_equal(painter.run({"image": image[np.newaxis]})["painted"], want)
    painter.paint(new_picture(60, 50, "bgra", seed=2))
    assert np.array_equal(painter.paint(image), want[0])


def cropping(top: int) -> bytes:
    """Cuts rows off the result, which moves the pairs of rows that share chroma."""
    nodes = [
        *to_planes(),
        node("Conv", ["planes", "w"], ["c"], pads=[1] * 4),
        node("Slice", ["c", "start", "end", "axis"], ["cut"]),
        *to_pixels("cut"),
    ]
    weights = np.zeros((3, 3, 3, 3))
    for c in range(3):
        weights[c, c] = 1 / 9
    made = image_model(nodes, {"w": weights})
    loaded = onnx.load_from_string(made)
    for name, value in {"start": top, "end": 1 << 30, "axis": 2}.items():
        loaded.graph.initializer.append(numpy_helper.from_array(np.array([value]), name))
    return bytes(loaded.SerializeToString())


@pytest.mark.parametrize("top", [0, 1, 2, 3])
def test_cropped_results_keep_their_pairs(top: int) -> None:
    image = noise(101, 1000, 3, seed=6)  # wide enough for all threads to get some of it
    model = cropping(top)
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


# ---- refusals ---------------------------------------------------------------------------------


def refusal(painter: Session, given: Any, out: Any = None) -> EngineError:
    with pytest.raises(EngineError) as caught:
        painter.paint(given, out)
    return caught.value


def test_refuses_models_that_do_not_begin_with_rows_of_pixels() -> None:
    nodes = [
        node("Cast", ["image"], ["light"], to=TensorProto.FLOAT),
        node("Sub", ["white", "light"], ["dark"]),
        node("Cast", ["dark"], ["painted"], to=TensorProto.UINT8),
    ]
    painter, image = session(image_model(nodes, {"white": 255})), noise(20, 30, 3)
    assert np.array_equal(painter.paint(image), 255 - image)
    error = refusal(painter, new_picture(30, 20, "i420"))
    assert error.code == "unsupported"
    assert "first step" in str(error)
    error = refusal(painter, image, new_picture(30, 20, "rgba"))
    assert error.code == "unsupported"
    assert "last step" in str(error)


def test_refuses_reference_loops() -> None:
    painter, image = Session(painting(), reference=True), noise(20, 30, 3)
    assert refusal(painter, new_picture(30, 20, "nv12")).code == "unsupported"
    assert np.array_equal(painter.paint(image), session(painting()).paint(image))


def test_refuses_models_of_another_kind() -> None:
    port = helper.make_tensor_value_info("image", TensorProto.UINT8, [1, "h", "w", 1])
    out = helper.make_tensor_value_info("painted", TensorProto.UINT8, [1, "h", "w", 1])
    graph = helper.make_graph([node("Identity", ["image"], ["painted"])], "g", [port], [out])
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    painter = session(bytes(model.SerializeToString()))
    assert refusal(painter, noise(20, 30, 3)).code == "invalid argument"


def test_refuses_another_size() -> None:
    error = refusal(session(copying()), noise(20, 30, 3), noise(30, 20, 3))
    assert error.code == "invalid argument"
    assert "20 x 30 pixels; the session was made for 30 x 20" in str(error)


def test_refuses_wrong_planes() -> None:
    y, half = np.zeros((5, 7), np.uint8), np.zeros((3, 4), np.uint8)
    with pytest.raises(ValueError, match="no pixel format 'yuyv'"):
        Picture((y,), "yuyv")
    with pytest.raises(ValueError, match="no matrix '2020'"):
        Picture((y, half, half), "i420", matrix="2020")
    with pytest.raises(ValueError, match="i420 has 3 planes, not 2"):
        Picture((y, half), "i420")
    with pytest.raises(ValueError, match=r"plane 2 of i420 has shape \(3, 3\) instead of \(3, 4\)"):
        Picture((y, half, half[:, 1:]), "i420")
    with pytest.raises(ValueError, match="float32 instead of uint8"):
        Picture((y, half, half.astype(np.float32)), "i420")
    with pytest.raises(ValueError, match="gaps within its rows"):
        Picture((np.zeros((5, 14), np.uint8)[:, ::2], half, half), "i420")
    with pytest.raises(ValueError, match="H×W×3 or H×W×4"):
        Picture.of(y)
    read_only = np.zeros((20, 30, 3), np.uint8)
    read_only.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        session(copying()).paint(noise(20, 30, 3), read_only)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("format", 6, "unknown format 6"),
        ("format", -1, "unknown format -1"),
        ("matrix", 2, r"unknown matrix \(2\)"),
        ("range", 7, r"range \(7\)"),
        ("data", (0, None), "no data in plane 0"),
        ("data", (2, None), "no data in plane 2"),
        ("stride", (0, 29), "rows of 30 bytes that overlap in plane 0"),
        ("stride", (1, -14), "rows of 15 bytes that overlap in plane 1"),
        ("stride", (2, 0), "overlap in plane 2"),
    ],
)
def test_the_engine_checks_what_it_is_given(field: str, value: Any, message: str) -> None:
    """What Python can't say wrongly, a C caller can."""
    picture, image = new_picture(30, 20, "i420"), noise(20, 30, 3)
    painter = session(copying())
    painter.paint(image)
    (plan,) = [plan for shapes, plan in painter._plans.items() if shapes == ((1, 20, 30, 3),)]
    native = picture.native()
    if isinstance(value, tuple):
        getattr(native, field)[value[0]] = value[1]
    else:
        setattr(native, field, value)
    with pytest.raises(EngineError, match=message) as caught:
        plan.paint(native, Picture.of(image).native(), [])
    assert caught.value.code == "invalid argument"
    with pytest.raises(EngineError, match="output picture"):
        plan.paint(Picture.of(image).native(), native, [])
