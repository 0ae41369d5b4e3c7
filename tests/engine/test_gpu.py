"""The same models on a GPU: a software one will do (apt-get install mesa-vulkan-drivers)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from pleinair.engine import EngineError, Picture, Session
from pleinair.engine import gpu as engine_gpu
from pleinair.engine.library import Options
from pleinair.engine.plan import NativePlan
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


class Graph:
    """Nodes in a row from `x`, with seeded weights."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(5)
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def weights(self, *shape: int) -> str:
        return self.constant(self.random.standard_normal(shape).astype(np.float32))

    def constant(self, value: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), f"c{len(self.constants)}"))
        return self.constants[-1].name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [f"n{len(self.nodes)}"], **attributes))
        return str(self.nodes[-1].output[0])

    def model(self, channels: int) -> bytes:
        ports = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * 4)
            for name in ("x", self.nodes[-1].output[0])
        ]
        ports[0].type.tensor_type.shape.dim[1].dim_value = channels
        graph = helper.make_graph(self.nodes, "graph", ports[:1], ports[1:], self.constants)
        opset = [helper.make_opsetid("", 17)]
        made = helper.make_model(graph, opset_imports=opset, ir_version=8)
        return bytes(made.SerializeToString())


def conv(channels_in: int, channels: int, kernel: int, **attributes: Any) -> Any:
    def build(g: Graph, x: str) -> str:
        weights = g.weights(channels, channels_in // attributes.get("group", 1), kernel, kernel)
        return g.add("Conv", x, weights, g.weights(channels), **attributes)

    return build


def transposed(channels_in: int, channels: int, kernel: int, **attributes: Any) -> Any:
    def build(g: Graph, x: str) -> str:
        weights = g.weights(channels_in, channels, kernel, kernel)
        return g.add("ConvTranspose", x, weights, g.weights(channels), **attributes)

    return build


def padded(mode: str, pads: list[int], then: Any) -> Any:
    def build(g: Graph, x: str) -> str:
        border = g.constant(np.array([0, 0, *pads[:2], 0, 0, *pads[2:]], np.int64))
        return str(then(g, g.add("Pad", x, border, mode=mode)))

    return build


def upsampled(factor: int, then: Any) -> Any:
    def build(g: Graph, x: str) -> str:
        scales = g.constant(np.array([1, 1, factor, factor], np.float32))
        place = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return str(then(g, g.add("Resize", x, "", scales, mode="nearest", **place)))

    return build


def same(operator: str, *constants: Any, **attributes: Any) -> Any:
    """One of the small operators, before a convolution of 5 channels and behind it."""

    def build(g: Graph, x: str) -> str:
        def use(v: str) -> str:
            values = [g.constant(np.asarray(value, np.float32)) for value in constants]
            return g.add(operator, v, *values, **attributes)

        return use(conv(5, 5, 3, pads=[1] * 4)(g, use(x)))

    return build


def norm(channels: int, then: Any) -> Any:
    def build(g: Graph, x: str) -> str:
        scale, bias = g.weights(channels), g.weights(channels)
        made = g.add("InstanceNormalization", x, scale, bias, epsilon=1e-5)
        return str(then(g, made))

    return build


def residual(operator: str) -> Any:
    def build(g: Graph, x: str) -> str:
        inner = conv(5, 5, 3, pads=[1] * 4)(g, x)
        return str(conv(5, 4, 1)(g, norm(5, lambda g, v: g.add(operator, v, x))(g, inner)))

    return build


def cropped(g: Graph, x: str) -> str:
    ends = [g.constant(np.array(v, np.int64)) for v in ([1, 2], [-1, -2], [2, 3])]
    return str(conv(8, 4, 3)(g, g.add("Slice", conv(5, 8, 1)(g, x), *ends)))


def keep(g: Graph, x: str) -> str:
    return g.add("Relu", x)


A, B = 11, 19  # height and width of the pictures
OPERATORS: dict[str, tuple[Any, tuple[int, int, int, int]]] = {
    "conv of one channel": (conv(1, 1, 3, pads=[1] * 4), (1, 1, A, B)),
    "conv of many channels": (conv(70, 37, 3, pads=[1] * 4), (1, 70, A, B)),
    "conv of more channels than a tile": (conv(9, 260, 1), (1, 9, 3, 5)),
    "conv of one pixel": (conv(5, 6, 3, pads=[1] * 4), (1, 5, 1, 1)),
    "conv in two strides": (conv(6, 8, 5, strides=[2, 2], pads=[2] * 4), (2, 6, A, B)),
    "conv in four strides": (conv(3, 4, 9, strides=[4, 3], pads=[4] * 4), (1, 3, 30, 41)),
    "conv dilated": (conv(4, 5, 3, dilations=[3, 2], pads=[3, 2, 3, 2]), (1, 4, A, B)),
    "conv in groups": (conv(16, 24, 3, group=2, pads=[1] * 4), (1, 16, A, B)),
    "conv by depth": (conv(22, 22, 3, group=22, strides=[2, 1], pads=[1] * 4), (1, 22, A, B)),
    "transposed": (transposed(6, 5, 4, strides=[2, 2], pads=[1] * 4), (1, 6, A, B)),
    "transposed by three": (transposed(5, 9, 3, strides=[3, 2], pads=[0, 1, 1, 0]), (2, 5, 4, 7)),
    "reflected": (padded("reflect", [1, 1, 1, 1], conv(5, 4, 3)), (1, 5, 2, B)),
    "reflected far": (padded("reflect", [4, 5, 3, 2], conv(5, 4, 5)), (1, 5, A, B)),
    "edges": (padded("edge", [1, 2, 3, 1], conv(5, 4, 3)), (1, 5, A, B)),
    "zeros": (padded("constant", [1, 0, 2, 1], conv(5, 4, 3)), (1, 5, A, B)),
    "padding alone": (padded("reflect", [1, 2, 1, 2], keep), (2, 5, A, B)),
    "upsampled conv": (upsampled(2, conv(6, 5, 3, pads=[1] * 4)), (1, 6, A, B)),
    "upsampled reflected conv": (
        upsampled(2, padded("reflect", [1] * 4, conv(6, 3, 3))),
        (1, 6, A, B),
    ),
    "upsampled by three": (upsampled(3, conv(6, 5, 5, pads=[2] * 4)), (1, 6, 5, 4)),
    "average": (
        lambda g, x: g.add("AveragePool", x, kernel_shape=[4, 4], strides=[4, 4]),
        (1, 6, 24, 44),
    ),
    "maximum": (
        lambda g, x: g.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4),
        (1, 6, A, B),
    ),
    "norm": (norm(37, keep), (2, 37, A, B)),
    "norm of many pixels": (norm(3, keep), (1, 3, 61, 130)),
    "norm of a crop": (lambda g, x: norm(4, keep)(g, cropped(g, x)), (1, 5, A + 8, B)),
    "add": (residual("Add"), (1, 5, A, B)),
    "subtract": (residual("Sub"), (1, 5, A, B)),
    "multiply": (residual("Mul"), (2, 5, A, B)),
    "scale and shift": (same("Mul", np.linspace(-1, 1, 5).reshape(1, 5, 1, 1)), (1, 5, A, B)),
    "batch norm": (
        same("BatchNormalization", *np.linspace(0.5, 2, 20).reshape(4, 5)),
        (1, 5, A, B),
    ),
    "prelu": (same("PRelu", np.linspace(-1, 1, 5).reshape(5, 1, 1)), (1, 5, A, B)),
    "leaky relu": (same("LeakyRelu", alpha=0.3), (1, 5, A, B)),
    "relu": (same("Relu"), (1, 5, A, B)),
    "clip": (same("Clip", -0.5, 0.75), (1, 5, A, B)),
    "sigmoid": (same("Sigmoid"), (1, 5, A, B)),
    "tanh": (same("Tanh"), (1, 5, A, B)),
    "exp": (lambda g, x: g.add("Exp", conv(5, 5, 3, pads=[1] * 4)(g, x)), (1, 5, A, B)),
    "hard swish": (same("HardSwish"), (1, 5, A, B)),
    "crop": (cropped, (1, 5, A + 8, B)),
}


def model_of(name: str) -> tuple[bytes, Array]:
    build, shape = OPERATORS[name]
    graph = Graph()
    build(graph, "x")
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    return graph.model(shape[1]), x


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
