"""The same models on a GPU: a software one will do (apt-get install mesa-vulkan-drivers)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pleinair.engine import EngineError, Picture, Session
from pleinair.engine import cuda as engine_cuda
from pleinair.engine import gpu as engine_gpu
from pleinair.engine.library import Options
from pleinair.engine.plan import NativePlan
from tests.engine.gpu_graphs import OPERATORS, Graph, conv, model_of, norm, padded, upsampled
from tests.engine.networks import NETWORKS, Data, network
from tests.engine.test_accuracy import one_hot, picture

Array = NDArray[Any]

# Height and width, odd where the network takes it: little more than its borders.
SIZES = {
    "sketch": (37, 51),
    "easel": (45, 35),
    "mural": (33, 41),
    "johnson": (20, 24),
    "small": (24, 44),
    "depthwise": (28, 20),
    "candy": (44, 52),
}
HALF_STEPS, STEPS = 2.0, 1.0  # of 255 that outputs may differ by, with float16 and without


@pytest.fixture(scope="module")
def gpu() -> None:
    """Skips where there is no GPU."""
    pytest.importorskip("wgpu", reason="needs wgpu (pip)")
    try:
        engine_gpu.open_device()
    except EngineError as error:
        pytest.skip(f"{error}; apt-get install mesa-vulkan-drivers is one in software")


# ---- networks ----------------------------------------------------------------------------------


def feed_for(session: Session, height: int, width: int, unit: float) -> dict[str, Array]:
    port, *others = session.inputs
    seen = picture(height, width)
    feed: dict[str, Array] = {port.name: seen[None]}
    if port.dtype != np.uint8:
        planes = seen.transpose(2, 0, 1)[None] / unit
        feed = {port.name: np.ascontiguousarray(planes, np.float32)}
    for value in others:
        feed[value.name] = one_hot(value.shape) if value.name == "style" else np.full(1, 0.75, "f4")
    return feed


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(
    ("name", "half"),
    # A software GPU compiles a network's shaders for seconds: the halves of two will do.
    [*((name, False) for name in NETWORKS if name in SIZES), ("sketch", True), ("small", True)],
)
def test_networks_paint_as_on_the_processor(name: str, half: bool, data: Data) -> None:
    if half and "shader-f16" not in engine_gpu.open_device().features:
        pytest.skip("this GPU has no float16")
    model = network(name, *SIZES[name], data).SerializeToString()
    processor = Session(model, threads=1)
    feed = feed_for(processor, *SIZES[name], 1.0 if name == "candy" else 255.0)
    (wanted,) = processor.run(feed).values()
    (found,) = Session(model, device="gpu", half=half).run(feed).values()
    assert found.dtype == wanted.dtype
    step = 1.0 if wanted.dtype == np.uint8 or name == "candy" else np.ptp(wanted) / 255
    apart = np.abs(found.astype(np.float64) - wanted.astype(np.float64)).max()
    assert apart <= (HALF_STEPS if half else STEPS) * step
    assert np.ptp(wanted) > 50 * step, "an even picture would show nothing"


# ---- operators ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("name", OPERATORS)
def test_operators(name: str) -> None:
    model, x = model_of(name)
    (wanted,) = Session(model, threads=1).run({"x": x}).values()
    (found,) = Session(model, device="gpu").run({"x": x}).values()
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= 2e-5 * np.abs(wanted).max()


@pytest.mark.usefixtures("gpu")
def test_results_do_not_depend_on_the_workgroup() -> None:
    graph = Graph()
    x = conv(6, 24, 3, pads=[1] * 4)(graph, "x")
    x = norm(24, lambda g, v: conv(24, 24, 3, group=24, pads=[1] * 4)(g, v))(graph, x)
    norm(24, lambda g, v: upsampled(2, conv(24, 5, 3, pads=[1] * 4))(g, v))(graph, x)
    session = Session(graph.model(6), device="gpu")
    image = np.random.default_rng(2).standard_normal((1, 6, 21, 37)).astype(np.float32)
    found, shaders = [], set()
    for threads in (8, 16, 32, 128):
        options = Options(threads, engine_gpu.GPU, None, 0, None, 0.0)
        plan = engine_gpu.GpuPlan(session._handle, options, (image.shape,), 1)
        shaders.add(tuple(dispatch.shader for dispatch in plan.dispatches()))
        found.append(next(iter(plan.run([image]).values())))
        plan.close()
    assert len(shaders) == 4
    for other in found[1:]:
        np.testing.assert_array_equal(found[0], other)


# ---- sessions ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sketch(data: Data) -> bytes:
    return bytes(network("sketch", 24, 24, data).SerializeToString())


@pytest.mark.usefixtures("gpu")
def test_smoothing_keeps_some_of_the_frame_before(sketch: bytes) -> None:
    processor = Session(sketch, threads=1, smoothing=0.75)
    on_gpu = Session(sketch, device="gpu", smoothing=0.75)
    feed = feed_for(processor, 24, 24, 1)
    dark = {**feed, "image": feed["image"] // 3}
    frames: list[Array] = []
    for number, frame in enumerate([feed, dark, dark, dark]):
        if number == 3:
            processor.reset()
            on_gpu.reset()
        (wanted,), (found,) = processor.run(frame).values(), on_gpu.run(frame).values()
        assert np.abs(found.astype(int) - wanted).max() <= 1
        frames.append(found)
    assert (frames[1] != frames[3]).any(), "a frame that remembers nothing is another"


def frames_in_flight(session: Session) -> None:
    """Three runs begin before the first is waited for; each has its own outputs."""
    feed = feed_for(session, 24, 24, 1)
    frames = [{**feed, "image": feed["image"] // share} for share in (1, 2, 3)]
    wanted = [session.run(frame)["painted"] for frame in frames]
    assert (wanted[0] != wanted[1]).any()
    for finish, painted in zip([session.begin(frame) for frame in frames], wanted, strict=True):
        np.testing.assert_array_equal(finish()["painted"], painted)


@pytest.mark.usefixtures("gpu")
def test_runs_begin_before_others_end(sketch: bytes) -> None:
    session = Session(sketch, device="gpu")
    assert session.in_flight == 2
    frames_in_flight(session)


def test_runs_begin_before_others_end_on_the_processor(sketch: bytes) -> None:
    session = Session(sketch, threads=1)
    assert session.in_flight == 1
    frames_in_flight(session)


def test_runs_begin_before_others_end_on_onnx_runtime(
    sketch: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On its processor: no GPU of NVIDIA's is at hand."""
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnxruntime (pip)")
    monkeypatch.setattr(engine_cuda, "open_session", onnxruntime.InferenceSession)
    frames_in_flight(Session(sketch, device="cuda"))


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("kind", ["bgr", "rgba", "bgra"])
def test_pictures_in_any_order(kind: str, sketch: bytes) -> None:
    session = Session(sketch, device="gpu")
    feed = feed_for(session, 24, 24, 1)
    image = feed.pop("image")[0]
    plain = session.paint(image, inputs=feed)
    order = [2, 1, 0] if kind.startswith("bgr") else [0, 1, 2]
    given = np.full((24, 24, len(kind)), 9, np.uint8)
    given[..., :3] = image[:, ::-1, order]
    made = session.paint(Picture((given,), kind, mirrored=True), inputs=feed)
    np.testing.assert_array_equal(made.planes[0][..., :3], plain[..., order])
    if len(kind) == 4:
        assert (made.planes[0][..., 3] == 255).all()


@pytest.mark.usefixtures("gpu")
def test_planes_of_chroma_are_for_the_processor(sketch: bytes) -> None:
    session = Session(sketch, device="gpu")
    feed = feed_for(session, 24, 24, 1)
    image = Picture.of(feed.pop("image")[0])
    chroma = Picture((np.zeros((24, 24), np.uint8), np.zeros((12, 12, 2), np.uint8)), "nv12")
    with pytest.raises(EngineError, match="not nv12"):
        session.paint(image, chroma, inputs=feed)


def softmax() -> tuple[bytes, Array]:
    graph = Graph()
    graph.add("Softmax", conv(3, 4, 1)(graph, "x"), axis=1)
    return graph.model(3), np.ones((1, 3, 5, 5), np.float32)


@pytest.mark.usefixtures("gpu")
def test_what_a_gpu_cannot_do_is_one_error() -> None:
    model, x = softmax()
    with pytest.raises(EngineError, match=r"node 'n1' \(Softmax\) has no form for GPUs") as error:
        Session(model, device="gpu").run({"x": x})
    assert error.value.code == "unsupported"


def test_auto_goes_on_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = softmax()

    def missing() -> None:
        raise EngineError("unsupported", "none")

    monkeypatch.setattr(engine_gpu, "open_device", missing)
    session = Session(model, device="auto")
    assert session.device == "cpu"
    assert session.run({"x": x})


@pytest.mark.usefixtures("gpu")
def test_auto_leaves_what_a_gpu_cannot_do_to_the_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, x = softmax()
    monkeypatch.setattr("pleinair.engine.devices._has_gpu", lambda: True)
    session = Session(model, device="auto")
    assert session.device == "gpu"
    assert session.run({"x": x})


def test_unknown_devices() -> None:
    with pytest.raises(ValueError, match="no device 'tpu'"):
        Session(softmax()[0], device="tpu")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "wgpu", None)
    engine_gpu.open_device.cache_clear()
    try:
        with pytest.raises(EngineError, match=r"pip install 'pleinair\[gpu\]'"):
            Session(softmax()[0], device="gpu")
    finally:
        engine_gpu.open_device.cache_clear()


def test_cuda_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(EngineError, match=r"pip install 'pleinair\[cuda\]'"):
        Session(softmax()[0], device="cuda")


def test_cuda_needs_its_provider() -> None:
    runtime = pytest.importorskip("onnxruntime", reason="needs onnxruntime (pip)")
    if "CUDAExecutionProvider" in runtime.get_available_providers():
        pytest.skip("it is there")
    with pytest.raises(EngineError, match="no CUDA provider"):
        Session(softmax()[0], device="cuda")


# ---- commands, which need no GPU ---------------------------------------------------------------


def commands(model: bytes, *shapes: tuple[int, ...]) -> Iterator[engine_gpu.Dispatch]:
    session = Session(model)
    options = Options(0, engine_gpu.GPU, None, 0, None, 0.0)
    plan = engine_gpu.Commands(session._handle, options, shapes, len(session.outputs))
    yield from plan.dispatches()
    plan.close()


def test_equal_layers_share_a_shader(data: Data) -> None:
    model = network("easel", 64, 64, data).SerializeToString()
    made = list(commands(model, (1, 64, 64, 3), (12,), (1,), (1,)))
    convolutions = [d for d in made if d.kind == "conv"]
    assert len(made) == sum(1 for d in made if d.kind in ("conv", "norm", "map"))
    assert len({d.shader for d in convolutions}) < len(convolutions)


def test_a_session_for_a_gpu_runs_nothing_itself() -> None:
    model, x = model_of("conv of one channel")
    session = Session(model)
    options = Options(0, engine_gpu.GPU, None, 0, None, 0.0)
    plan = NativePlan(session._handle, options, (x.shape,), 1)
    with pytest.raises(EngineError, match="made for a GPU"):
        plan.run([x])
    plan.close()


def test_what_is_small_is_folded() -> None:
    graph = Graph()
    x = padded("reflect", [1] * 4, conv(5, 8, 3))(graph, "x")
    x = norm(8, lambda g, v: g.add("Relu", v))(graph, x)
    upsampled(2, padded("edge", [1] * 4, conv(8, 3, 3)))(graph, x)
    kinds = [d.kind for d in commands(graph.model(5), (1, 5, 12, 10))]
    assert kinds == ["conv", "norm", "conv"]
