"""The Python session: arrays in and out, whatever the caller does with it."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from pleinair.engine import EngineError, Session, instruction_sets, operators
from pleinair.styles import find
from tests.engine.networks import noise_inputs

Array = NDArray[Any]
FLOAT, HALF, BOOL, INT64 = 1, 10, 9, 7


def port(name: str, shape: Sequence[int | str] | None = ("n", 3), kind: int = FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def model(
    nodes: list[NodeProto],
    inputs: list[Any],
    outputs: list[Any],
    constants: dict[str, Array] | None = None,
    metadata: dict[str, str] | None = None,
) -> bytes:
    initializers = [numpy_helper.from_array(v, name) for name, v in (constants or {}).items()]
    graph = helper.make_graph(nodes, "graph", inputs, outputs, initializers)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(made, metadata or {})
    return bytes(made.SerializeToString())


def arithmetic() -> bytes:
    """sum = a + b; difference = a - b."""
    nodes = [
        helper.make_node("Add", ["a", "b"], ["sum"]),
        helper.make_node("Sub", ["a", "b"], ["difference"]),
    ]
    return model(nodes, [port("a"), port("b")], [port("sum"), port("difference")])


def network() -> bytes:
    """A small network with all that threads could get wrong: stride 2, norm, ×2, residual."""
    random = np.random.default_rng(3)
    constants = {
        "w0": random.standard_normal((12, 3, 5, 5)),
        "w1": random.standard_normal((12, 12, 3, 3)),
        "w2": random.standard_normal((3, 12, 3, 3)),
        "scale": random.standard_normal(12),
        "bias": random.standard_normal(12),
        "two": np.array([1, 1, 2, 2]),
    }
    node = helper.make_node
    nodes = [
        node("Conv", ["image", "w0"], ["c0"], strides=[2, 2], pads=[2] * 4),
        node("InstanceNormalization", ["c0", "scale", "bias"], ["n0"]),
        node("Relu", ["n0"], ["r0"]),
        node("Conv", ["r0", "w1"], ["c1"], pads=[1] * 4),
        node("Add", ["c1", "r0"], ["a1"]),
        node("Resize", ["a1", "", "two"], ["u"], coordinate_transformation_mode="asymmetric"),
        node("Conv", ["u", "w2"], ["y"], pads=[1] * 4),
    ]
    constants = {name: value.astype(np.float32) for name, value in constants.items()}
    shape: list[int | str] = [1, 3, "height", "width"]
    return model(nodes, [port("image", shape)], [port("y", shape)], constants)


def image(height: int, width: int, seed: int = 0) -> Array:
    random = np.random.default_rng(seed)
    return random.standard_normal((1, 3, height, width)).astype(np.float32)


@pytest.fixture
def a() -> Array:
    return np.arange(6, dtype=np.float32).reshape(2, 3)


# ---- what comes in -----------------------------------------------------------------------------


def test_runs_by_name(a: Array) -> None:
    got = Session(arithmetic()).run({"b": a + 1, "a": a})
    assert list(got) == ["sum", "difference"]
    np.testing.assert_array_equal(got["sum"], 2 * a + 1)
    np.testing.assert_array_equal(got["difference"], -np.ones_like(a))


def test_a_path_and_bytes_are_one_model(tmp_path: Path, a: Array) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(arithmetic())
    for source in (path, str(path), path.read_bytes()):
        np.testing.assert_array_equal(Session(source).run({"a": a, "b": a})["sum"], 2 * a)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: np.asfortranarray(x),
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
        lambda x: x[::-1].copy()[::-1],
        lambda x: (
            np.frombuffer(b"\0" + x.tobytes(), np.uint8)[1:].view(np.float32).reshape(x.shape)
        ),
    ],
    ids=["columns first", "every second", "backwards", "unaligned"],
)
def test_any_memory_layout_will_do(change: Any, a: Array) -> None:
    changed = change(a)
    np.testing.assert_array_equal(changed, a)
    np.testing.assert_array_equal(Session(arithmetic()).run({"a": changed, "b": a})["sum"], 2 * a)


def test_contiguous_arrays_are_read_in_place_and_left_alone() -> None:
    nodes = [helper.make_node("ReduceMean", ["x"], ["y"], axes=[0, 1])]
    session = Session(model(nodes, [port("x")], [port("y", None)]), threads=1)
    x = np.ones((1_000_000, 3), np.float32)
    x.setflags(write=False)
    session.run({"x": x})
    tracemalloc.start()
    try:
        assert session.run({"x": x})["y"].item() == 1
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < x.nbytes / 100


def test_results_are_the_callers_own(a: Array) -> None:
    session = Session(arithmetic())
    first = session.run({"a": a, "b": a})["sum"]
    kept = first.copy()
    session.run({"a": a + 5, "b": a})
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"a": np.ones((2, 3), np.float32)}, "input 'b' is missing"),
        ({"a": np.ones((2, 3)), "b": np.ones((2, 3))}, "'a' is float64 instead of float32"),
        ({"a": np.ones((2, 3), np.float32), "x": np.ones(1)}, "no input 'x'; it has a, b"),
        ({"a": np.ones((1,) * 9, np.float32), "b": np.ones((1,) * 9)}, "9 dimensions"),
    ],
)
def test_wrong_arrays_are_refused(inputs: dict[str, Array], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Session(arithmetic()).run(inputs)


@pytest.mark.parametrize("shape", [(2, 4), (3,), (1, 2, 3), ()])
def test_wrong_shapes_are_refused(shape: tuple[int, ...], a: Array) -> None:
    with pytest.raises(EngineError, match=r"'b' has shape .* declares \[-1, 3\]") as caught:
        Session(arithmetic()).run({"a": a, "b": np.ones(shape, np.float32)})
    assert caught.value.code == "invalid argument"


def test_shapes_that_do_not_go_together_name_the_node(a: Array) -> None:
    with pytest.raises(EngineError, match=r"node 'sum' \(Add\): shapes \[2, 3\] and \[5, 3\]"):
        Session(arithmetic()).run({"a": a, "b": np.ones((5, 3), np.float32)})


def test_an_error_leaves_the_session_usable(a: Array) -> None:
    session = Session(arithmetic())
    with pytest.raises(EngineError):
        session.run({"a": a, "b": np.ones((5, 3), np.float32)})
    np.testing.assert_array_equal(session.run({"a": a, "b": a})["sum"], 2 * a)


# ---- what comes out ----------------------------------------------------------------------------


def test_a_choice_of_outputs(a: Array) -> None:
    session = Session(arithmetic())
    assert list(session.run({"a": a, "b": a}, ["difference"])) == ["difference"]
    with pytest.raises(ValueError, match="no output 'quotient'; it has sum, difference"):
        session.run({"a": a, "b": a}, ["quotient"])


NEG = [helper.make_node("Neg", ["x"], ["y"])]
X = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.mark.parametrize("reference", [False, True])
@pytest.mark.parametrize(
    ("nodes", "kinds", "x", "wanted"),
    [
        ([], (FLOAT, FLOAT), X, {"x": X}),
        (NEG, (FLOAT, FLOAT), X, {"x": X, "y": -X}),
        (NEG, (FLOAT, FLOAT), X[:0], {"y": X[:0]}),
        (NEG, (HALF, HALF), X.astype(np.float16), {"y": -X.astype(np.float16)}),
        (NEG, (INT64, INT64), np.array([[-(2**63), 5, 0]]), {"y": np.array([[-(2**63), -5, 0]])}),
        ([helper.make_node("Cast", ["x"], ["y"], to=BOOL)], (FLOAT, BOOL), X, {"y": X != 0}),
        ([helper.make_node("Shape", ["x"], ["y"])], (FLOAT, INT64), X, {"y": np.array([2, 3])}),
        ([helper.make_node("Identity", ["x"], ["y"])], (HALF, HALF), X.astype("e"), {"y": X}),
        ([helper.make_node("Identity", ["w"], ["y"])], (FLOAT, FLOAT), X, {"y": X + 9, "w": X + 9}),
    ],
    ids=["nothing", "input too", "empty", "half", "int64", "bool", "shape", "same", "constant"],
)
def test_unusual_outputs(
    nodes: list[NodeProto],
    kinds: tuple[int, int],
    x: Array,
    wanted: dict[str, Array],
    reference: bool,
) -> None:
    outputs = [port(name, None, kinds[0 if name == "x" else 1]) for name in wanted]
    file = model(nodes, [port("x", kind=kinds[0])], outputs, {"w": X + 9})
    got = Session(file, reference=reference).run({"x": x})
    assert list(got) == list(wanted)
    for name, want in wanted.items():
        np.testing.assert_array_equal(got[name], want)
        assert got[name].dtype == helper.tensor_dtype_to_np_dtype(kinds[0 if name == "x" else 1])


def test_what_the_model_declares() -> None:
    metadata = {"pleinair.artist": "葛飾北斎", "pleinair.title": "The Great Wave", "empty": ""}
    inputs = [port("x", [1, "height", 3], HALF), port("y", None)]
    session = Session(model(NEG[:0], inputs, [port("y", None)], metadata=metadata))
    assert session.metadata == metadata
    assert [info.name for info in session.inputs] == ["x", "y"]
    assert session.inputs[0].shape == (1, "height", 3)
    assert session.inputs[0].dtype == np.float16
    assert session.inputs[1].shape is None
    assert [info.name for info in session.outputs] == ["y"]


# ---- sizes and threads -------------------------------------------------------------------------


def test_many_sizes_in_one_session() -> None:
    session = Session(network(), threads=2)
    sizes = [
        (1, 1),
        (1, 9),
        (7, 1),
        (2, 3),
        (16, 16),
        (17, 31),
        (33, 18),
        (5, 64),
        (64, 5),
        (21, 2),
    ]
    first = [session.run({"image": image(*size)})["y"] for size in sizes]
    for size, got in zip(sizes, first, strict=True):
        assert got.shape == (1, 3, *(2 * ((extent + 1) // 2) for extent in size))
        alone = Session(network(), threads=1).run({"image": image(*size)})["y"]
        np.testing.assert_array_equal(got, alone)
    for size, got in zip(sizes, first, strict=True):
        np.testing.assert_array_equal(session.run({"image": image(*size)})["y"], got)


@pytest.mark.parametrize("isa", [None, *instruction_sets()])
def test_every_number_of_threads_gives_the_same_bits(isa: str | None) -> None:
    x = {"image": image(61, 83)}
    wanted = Session(network(), threads=1).run(x)["y"].tobytes()
    for threads in (1, 2, 3, 4):
        assert Session(network(), threads=threads, isa=isa).run(x)["y"].tobytes() == wanted


def test_several_threads_share_a_session() -> None:
    session = Session(network(), threads=2)
    images = [image(20 + i % 3, 30, seed=i) for i in range(24)]
    wanted = [session.run({"image": one})["y"] for one in images]
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda one: session.run({"image": one})["y"], images))
    for one, want in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(one, want)


def count_threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
def test_a_session_takes_its_threads_with_it() -> None:
    before = count_threads()
    session = Session(network(), threads=4)
    session.run({"image": image(8, 8)})
    assert count_threads() == before + 3
    del session
    gc.collect()
    assert count_threads() == before


# ---- what is refused ---------------------------------------------------------------------------


def test_options_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match="threads must be at least 1, not 0"):
        Session(arithmetic(), threads=0)
    session = Session(network(), isa="abacus")
    with pytest.raises(EngineError, match="no instruction set 'abacus'"):
        session.run({"image": image(4, 4)})


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.onnx"):
        Session(tmp_path / "none.onnx")


@pytest.mark.parametrize("content", [b"", b"\0", b"GIF89a" * 99, b"\x3a\xff\xff\xff\xff\x0f"])
def test_what_is_not_a_model(content: bytes) -> None:
    with pytest.raises(EngineError, match="not an ONNX model") as caught:
        Session(content)
    assert caught.value.code == "invalid model"


def test_an_operator_that_is_not_there_is_named() -> None:
    nodes = [helper.make_node("Einsum", ["x"], ["y"], name="sum of squares", equation="ij->")]
    with pytest.raises(EngineError, match=r"node 'sum of squares' .*Einsum") as caught:
        Session(model(nodes, [port("x")], [port("y")]))
    assert caught.value.code == "unsupported"
    assert "Einsum" not in operators()


def test_an_input_made_by_a_node_is_refused() -> None:
    with pytest.raises(EngineError, match="'y' is an input and made by node"):
        Session(model(NEG, [port("x"), port("y")], [port("y")]))


def test_types_may_say_what_they_denote(a: Array) -> None:
    x = port("x")
    x.type.denotation = "IMAGE"
    assert x.type.tensor_type.elem_type == TensorProto.FLOAT
    np.testing.assert_array_equal(Session(model(NEG, [x], [port("y")])).run({"x": a})["y"], -a)


def test_a_profile_accounts_for_the_run() -> None:
    path = find("sketch")
    session = Session(path, threads=1, profile=True)
    inputs = noise_inputs(session.inputs, 240, 320)
    session.run(inputs)
    start = time.perf_counter()
    session.run(inputs)
    whole = time.perf_counter() - start
    shapes = {name: array.shape for name, array in inputs.items()}
    steps = sum(step.seconds for step in session.plan(shapes).steps)
    assert 0 < steps <= whole
    assert all(step.seconds == 0 for step in Session(path).plan(shapes).steps)
