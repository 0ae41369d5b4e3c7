"""Networks of many styles with strength and colours: as ONNX Runtime runs them, and as they are
folded; and statistics that are smoothed from frame to frame."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from bench.style_network import LUMA, style_network
from pleinair.engine import EngineError, Session, instruction_sets, rewrites
from pleinair.engine import library as c
from tests.engine.pictures import (
    Bytes,
    as_rgb,
    assert_holds,
    image_model,
    new_picture,
    node,
    noise,
    to_pixels,
    to_planes,
)
from tests.engine.test_host import CountingHost, load

NAMES = ("a", "b", "c")
REORDER = ("phases", "winograd")
Feed = dict[str, NDArray[Any]]


@cache
def model(names: Sequence[str] = NAMES, strength: bool = True, colours: bool = True) -> bytes:
    return style_network(names, strength=strength, colours=colours)


def numbers(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32)


EXTRA: Feed = {
    "style": numbers(0.5, 0.2, 0.3),
    "strength": numbers(0.7),
    "colours": numbers(0.4),
}


def feed(height: int, width: int, extra: Feed = EXTRA, seed: int = 0) -> Feed:
    return {"image": noise(1, height, width, 3, seed=seed), **extra}


def painted(session: Session, inputs: Feed) -> Bytes:
    return np.asarray(session.run(inputs)["painted"], np.uint8)


def furthest(a: Bytes, b: Bytes) -> int:
    return int(np.abs(a.astype(int) - b).max())


# ---- as ONNX Runtime has it -------------------------------------------------------------------


@pytest.mark.parametrize("names", [(), ("only",), NAMES], ids=len)
@pytest.mark.parametrize("strength", [False, True])
@pytest.mark.parametrize("colours", [False, True])
def test_any_of_the_inputs_may_be_missing(
    names: Sequence[str], strength: bool, colours: bool
) -> None:
    made = model(names, strength, colours)
    runtime = onnxruntime.InferenceSession(made)
    wanted = [info.name for info in runtime.get_inputs()]
    assert wanted[0] == "image"
    for height, width in (37, 53), (64, 48):
        inputs = feed(height, width)
        inputs["style"] = EXTRA["style"][: len(names)]
        inputs = {name: inputs[name] for name in wanted}
        got = painted(Session(made, threads=2), inputs)
        assert got.std() > 5
        assert furthest(got, runtime.run(None, inputs)[0]) <= 1
        assert furthest(got, painted(Session(made, reference=True), inputs)) <= 1


@pytest.mark.parametrize("weights", [(1, 0, 0), (0, 0, 1), (-0.5, 1.5, 0), (2, 1, 1)])
def test_any_mixture(weights: tuple[float, ...]) -> None:
    inputs = feed(40, 56, EXTRA | {"style": numbers(*weights)})
    want = onnxruntime.InferenceSession(model()).run(None, inputs)[0]
    assert furthest(painted(Session(model()), inputs), want) <= 1


# ---- folding ----------------------------------------------------------------------------------


@pytest.mark.parametrize("left_out", [(), *((name,) for name in rewrites())], ids=str)
def test_folding_keeps_the_bits(left_out: tuple[str, ...]) -> None:
    inputs = feed(37, 53)
    got = painted(Session(model(), without=(*REORDER, *left_out)), inputs)
    np.testing.assert_array_equal(got, painted(Session(model(), reference=True), inputs))


@pytest.mark.parametrize("isa", instruction_sets())
def test_instruction_sets_and_threads(isa: str) -> None:
    inputs = feed(75, 131)
    want = painted(Session(model(), threads=1), inputs)
    for threads in 1, 2, 5:
        got = painted(Session(model(), isa=isa, threads=threads), inputs)
        np.testing.assert_array_equal(got, want)


def test_all_is_folded_into_the_convolutions() -> None:
    """Although the matrix is made behind the convolution whose store applies it."""
    inputs = feed(64, 64)
    steps = Session(model()).plan({name: array.shape for name, array in inputs.items()}).steps
    (last,) = (step for step in steps if "to bytes" in step.description)
    assert last.kind == "conv"
    assert "subtract image, matrix, add image" in last.description
    small = {"Unsqueeze", "MatMul", "Squeeze", "Split", "Sub", "Mul", "Add"}
    assert {step.kind for step in steps} == {"conv", "norm", "map"} | small


def running(size: int, channels: int, ends: Sequence[str] = ("c",)) -> bytes:
    """A convolution, then one whose weights are an input."""
    random = np.random.default_rng(2)
    weights = {"w": random.standard_normal((channels, 3, 3, 3)) / 5}
    matrix = helper.make_tensor_value_info("m", TensorProto.FLOAT, [3, channels, size, size])
    nodes = [
        *to_planes(),
        node("Conv", ["planes", "w"], ["c"], pads=[1] * 4),
        node("Conv", [*ends, "m"], ["d"], pads=[size // 2] * 4),
        *to_pixels("d"),
    ]
    return image_model(nodes, weights, [matrix])


@pytest.mark.parametrize(("size", "channels"), [(1, 3), (1, 5), (3, 3)])
def test_weights_of_the_run(size: int, channels: int) -> None:
    made = running(size, channels)
    weights = np.random.default_rng(3).standard_normal((3, channels, size, size)) / size**2
    inputs = feed(20, 33, {"m": weights.astype(np.float32)})
    got = painted(Session(made), inputs)
    assert got.std() > 20
    np.testing.assert_array_equal(got, painted(Session(made, reference=True), inputs))
    steps = Session(made).plan({name: array.shape for name, array in inputs.items()}).steps
    folded = any("matrix" in step.description for step in steps)
    assert folded == (size == 1 and channels == 3)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("isa", instruction_sets())
def test_a_matrix_for_every_pixel(channels: int, isa: str) -> None:
    shape: list[str | int | None] = [1, channels, "h", "w"]
    graph = helper.make_graph(
        [node("Conv", ["x", "m"], ["y"])],
        "matrix",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("m", TensorProto.FLOAT, [channels, channels, 1, 1]),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
    )
    opset = [helper.make_opsetid("", 17)]
    made = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    random = np.random.default_rng(channels)
    for width in 1, 7, 16, 45:
        x = random.standard_normal((1, channels, 3, width)).astype(np.float32)
        m = random.standard_normal((channels, channels, 1, 1)).astype(np.float32)
        got = Session(made, isa=isa).run({"x": x, "m": m})["y"]
        want = np.einsum("oc,ncyx->noyx", m[..., 0, 0].astype(np.float64), x)
        np.testing.assert_allclose(got, want, rtol=0, atol=2e-6)
        plain = Session(made, reference=True).run({"x": x, "m": m})["y"]
        np.testing.assert_array_equal(got, plain)


# ---- strength and colours ---------------------------------------------------------------------


def test_without_strength_it_is_the_photo() -> None:
    inputs = feed(37, 53, EXTRA | {"strength": numbers(0)})
    np.testing.assert_array_equal(painted(Session(model()), inputs), inputs["image"])


def test_full_strength_is_the_painting() -> None:
    inputs = feed(37, 53, EXTRA | {"strength": numbers(1), "colours": numbers(0)})
    plain = {name: inputs[name] for name in ("image", "style")}
    alone = painted(Session(model(NAMES, strength=False, colours=False)), plain)
    assert furthest(painted(Session(model()), inputs), alone) <= 1


def test_keeping_colours_changes_all_three_alike() -> None:
    random = np.random.default_rng(4)
    image = random.integers(110, 146, (1, 40, 48, 3), np.uint8)  # nothing is cut at 0 or 255
    inputs = {**EXTRA, "image": image, "colours": numbers(1), "strength": numbers(0.3)}
    got = painted(Session(model()), inputs).astype(int)
    change = got - image
    assert change.std() > 2
    assert 0 < got.min() <= got.max() < 255
    assert np.ptp(change, axis=-1).max() <= 1
    whole = painted(Session(model()), inputs | {"colours": numbers(0)}).astype(int)
    assert np.abs((whole - got) @ np.array(LUMA)).max() <= 1


# ---- pictures ---------------------------------------------------------------------------------


@pytest.mark.parametrize("pixels", ["bgr", "rgba", "nv12", "i420"])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("width", "height"), [(64, 48), (53, 37)])
def test_pictures_of_every_format(pixels: str, mirrored: bool, width: int, height: int) -> None:
    session = Session(model(), threads=2)
    given = new_picture(width, height, pixels, gap=3, seed=5, mirrored=mirrored)
    rgb = as_rgb(given)
    # Floats of luma and chroma have fractions; RGB that is given has none.
    got = session.paint(given, np.empty((height, width, 3), np.uint8), inputs=EXTRA)
    want = painted(session, {"image": rgb.round().astype(np.uint8)[np.newaxis], **EXTRA})[0]
    assert furthest(got, want) <= (0 if pixels in ("bgr", "rgba") else 30)
    assert np.abs(got.astype(int) - want).mean() < 1
    out = new_picture(width, height, pixels, gap=5, mirrored=mirrored)
    session.paint(given, out, inputs=EXTRA)
    assert_holds(out, got)


def test_the_photo_of_a_picture_is_itself() -> None:
    given = new_picture(64, 48, "nv12", seed=6, full_range=True)
    none = EXTRA | {"strength": numbers(0)}
    got = Session(model()).paint(given, np.empty((48, 64, 3), np.uint8), inputs=none)
    assert np.abs(got - as_rgb(given)).max() <= 0.5 + 1e-3


def native_session(handle: int, shapes: Sequence[tuple[int, ...]], smoothing: float = 0) -> Any:
    given = (c.Shape * len(shapes))()
    for shape, made in zip(shapes, given, strict=True):
        made.rank = len(shape)
        made.dims[: len(shape)] = shape
    session, error, options = ctypes.c_void_p(), c.Error(), c.Options(smoothing=smoothing)
    status = c.library().pl_session_create(
        handle, ctypes.byref(options), given, len(shapes), ctypes.byref(session), error
    )
    c.check(status, error)
    return session


def test_new_weights_for_every_frame_allocate_nothing() -> None:
    host = CountingHost()
    _, handle = load(model(), host)
    assert handle
    session = native_session(handle, [(1, 37, 50, 3), (3,), (1,), (1,)], smoothing=0.5)
    given, out = new_picture(50, 37, "nv12", seed=1), new_picture(50, 37, "nv12")
    before, seen = host.calls, set()
    for frame in range(4):
        arrays = [numbers(1 - frame / 3, frame / 3, 0), numbers(1 - frame / 9), numbers(0.2)]
        extra = (c.Tensor * 3)()
        for tensor, array in zip(extra, arrays, strict=True):
            tensor.type, tensor.data = 1, array.ctypes.data
            tensor.shape.rank, tensor.shape.dims[0] = 1, len(array)
        error = c.Error()
        status = c.library().pl_session_paint(
            session, ctypes.byref(given.native()), ctypes.byref(out.native()), extra, 3, error
        )
        c.check(status, error)
        seen.add(out.planes[0].tobytes())
    c.check(c.library().pl_session_reset(session, error), error)
    assert host.calls == before
    assert len(seen) == 4
    c.library().pl_session_free(session)
    c.library().pl_model_free(handle)
    assert not host.blocks


# ---- smoothed statistics ----------------------------------------------------------------------


def normalising() -> bytes:
    """What instance normalisation makes of a float image [1, 2, h, w]."""
    shape: list[str | int | None] = [1, 2, "h", "w"]
    graph = helper.make_graph(
        [node("InstanceNormalization", ["x", "s", "b"], ["y"], epsilon=0.0)],
        "norm",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [helper.make_tensor(name, TensorProto.FLOAT, [2], [1, 1]) for name in "sb"],
    )
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


@pytest.mark.parametrize("reference", [False, True])
def test_moments_are_smoothed(reference: bool) -> None:
    session = Session(normalising(), smoothing=0.75, reference=reference)
    random = np.random.default_rng(0)
    mean = variance = np.zeros(0)
    for frame in range(6):
        if frame == 4:
            session.reset()
        x = (random.standard_normal((1, 2, 5, 7)) * (frame + 1) + frame).astype(np.float32)
        now_mean, now_variance = x.mean((2, 3), np.float64), x.var((2, 3), np.float64)
        if frame in (0, 4):
            mean, variance = now_mean, now_variance
        mean = 0.75 * mean + 0.25 * now_mean
        variance = 0.75 * variance + 0.25 * now_variance
        want = (x - mean[..., None, None]) / np.sqrt(variance[..., None, None]) + 1
        np.testing.assert_allclose(session.run({"x": x})["y"], want, rtol=1e-4, atol=1e-5)


def clip(session: Session, frames: int = 4) -> list[Bytes]:
    return [painted(session, feed(45, 61, seed=frame)) for frame in range(frames)]


@pytest.mark.parametrize(
    "options",
    [
        *({"isa": isa, "threads": 3} for isa in instruction_sets()),
        {"reference": True},
        *({"without": (name, *REORDER)} for name in rewrites()),
    ],
    ids=str,
)
def test_smoothing_has_the_same_bits_everywhere(options: dict[str, Any]) -> None:
    reorders = "isa" in options
    plain = Session(model(), smoothing=0.5, threads=1, without=() if reorders else REORDER)
    for got, want in zip(
        clip(Session(model(), smoothing=0.5, **options)), clip(plain), strict=True
    ):
        np.testing.assert_array_equal(got, want)


def test_the_first_frame_and_those_of_another_size_start_anew() -> None:
    plain, smooth = Session(model()), Session(model(), smoothing=0.9)
    first, second = feed(40, 48, seed=1), feed(40, 48, seed=2)
    second["image"] //= 3
    other = feed(48, 40, seed=3)
    np.testing.assert_array_equal(painted(smooth, first), painted(plain, first))
    assert furthest(painted(smooth, second), painted(plain, second)) > 1
    np.testing.assert_array_equal(painted(smooth, other), painted(plain, other))
    np.testing.assert_array_equal(painted(smooth, second), painted(plain, second))
    painted(smooth, first)
    smooth.reset()
    np.testing.assert_array_equal(painted(smooth, second), painted(plain, second))


@pytest.mark.parametrize("smoothing", [-0.1, 1, float("nan")])
def test_bad_smoothing(smoothing: float) -> None:
    with pytest.raises(ValueError, match="smoothing must be at least 0 and less than 1"):
        Session(model(), smoothing=smoothing)
    host = CountingHost()
    _, handle = load(model(), host)
    assert handle
    with pytest.raises(EngineError, match="smoothing must be at least 0 and less than 1"):
        native_session(handle, [(1, 37, 50, 3), (3,), (1,), (1,)], smoothing=smoothing)
    c.library().pl_model_free(handle)
    assert not host.blocks
