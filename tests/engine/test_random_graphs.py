"""Random small graphs agree with ONNX's own reference evaluator, and with themselves to the bit
on every instruction set, with one thread and with two, and whether fused or not.

Deterministic; PLEINAIR_EXPLORE=<examples> draws other graphs each time.
"""

from __future__ import annotations

import inspect
import math
import os
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper

from pleinair.engine import Session, instruction_sets, operators, rewrites
from tests.engine import graph_builder, graph_operators
from tests.engine.graph_builder import MOST_ELEMENTS, Array, Builder, Draw, spatial
from tests.engine.graph_operators import ALL_BLOCKS

EXPLORE = int(os.environ.get("PLEINAIR_EXPLORE", "0"))
# They add in another order than the plain loops.
OTHER_ALGORITHMS = ["phases", "differences", "winograd", "tall"]
TOLERANCE = 1e-4  # of a tensor's largest magnitude, or of 0.1 where that is larger


def from_pixels(b: Builder, image: str) -> str:
    x = b.node("Transpose", b.node("Cast", image, to=TensorProto.FLOAT), perm=[0, 3, 1, 2])
    mean = b.constant([[[0.4]], [[0.5]], [[0.6]]])
    return b.node("Sub", b.node("Mul", x, b.constant(1 / 255)), mean)


def to_pixels(b: Builder, x: str) -> str:
    channels = b.values[x].shape[1]
    x = b.node("Conv", x, b.weights(3, channels, 1, 1, scale=1 / math.sqrt(channels)))
    x = b.node("Mul", b.node("Sigmoid", x), b.constant(255))
    x = b.node("Clip", b.node("Add", x, b.constant(0.5)), b.constant(0), b.constant(255))
    return b.node("Cast", b.node("Transpose", x, perm=[0, 2, 3, 1]), to=TensorProto.UINT8)


def to_multiple(b: Builder, x: str, multiple: int) -> tuple[str, str]:
    """Pad right and below to a multiple; also gives the extents from before."""
    size = b.node("Gather", b.node("Shape", x), b.constant([2, 3], np.int64))
    wanted = b.constant(multiple, np.int64)
    missing = b.node("Mod", b.node("Sub", wanted, b.node("Mod", size, wanted)), wanted)
    pads = b.node("Concat", b.constant([0] * 6, np.int64), missing, axis=0)
    fits = min(spatial(b.values[x])) >= multiple
    return b.node("Pad", x, pads, mode="reflect" if fits else "edge"), size


def crop(b: Builder, x: str, size: str) -> str:
    return b.node("Slice", x, b.constant([0, 0], np.int64), size, b.constant([2, 3], np.int64))


def head(b: Builder, x: str) -> str:
    """Numbers instead of an image: what classifiers end with."""
    flat = b.node("Flatten", b.node("GlobalAveragePool", x))
    channels = b.values[flat].shape[1]
    if b.pick(True, False):
        return b.node("Gemm", flat, b.weights(5, channels), b.weights(5), transB=1, alpha=0.5)
    return b.node("Softmax", b.node("MatMul", flat, b.weights(channels, 4)), axis=-1)


def grow(b: Builder) -> None:
    for _ in range(b.whole(1, 8)):
        x = b.images[-1] if b.pick(True, True, False) else b.pick(*b.images)
        if b.values[x].size <= MOST_ELEMENTS:
            y = b.pick(*ALL_BLOCKS)(b, x)
            if y:
                b.images.append(y)


class Case:
    def __init__(
        self, model: ModelProto, feed: dict[str, Array], expected: dict[str, Array]
    ) -> None:
        self.model, self.feed, self.expected = model, feed, expected

    def __repr__(self) -> str:
        shapes = {name: value.shape for name, value in self.feed.items()}
        text = "\n".join(
            f"{n.output[0]} = {n.op_type}({', '.join(n.input)})" for n in self.model.graph.node
        )
        return f"inputs {shapes}\n{text}"


@st.composite
def cases(draw: Draw) -> Case:
    b = Builder(draw, draw(st.sampled_from([13, 17, 18, 21])), random=np.random.default_rng(0))
    b.random = np.random.default_rng(b.whole(0, 99))
    height, width = b.whole(1, 17), b.whole(1, b.pick(17, 17, 40))
    pixels = b.pick(True, False)
    if pixels:
        image = b.random.integers(0, 256, (1, height, width, 3), np.uint8)
        feed = {b.name(image): image}
        b.images.append(from_pixels(b, *feed))
    else:
        image = b.random.standard_normal((b.whole(1, 2), b.whole(1, 9), height, width))
        feed = {b.name(image.astype(np.float32)): image.astype(np.float32)}
        b.images.extend(feed)
    multiple = b.pick(0, 0, 4)
    before = None
    if multiple:
        x, before = to_multiple(b, b.images[-1], multiple)
        b.images.append(x)
    padded = spatial(b.values[b.images[-1]])
    grow(b)
    outputs = finish(b, pixels, before if spatial(b.values[b.images[-1]]) == padded else None)
    return case_of(b, feed, outputs, b.pick(True, False))


def finish(b: Builder, pixels: bool, size: str | None) -> list[str]:
    x = crop(b, b.images[-1], size) if size else b.images[-1]
    b.images[-1] = b.pick(to_pixels, head)(b, x) if pixels or b.pick(True, False) else x
    used = {name for node in b.nodes for name in node.input}
    outputs = [name for name in b.images if name not in used]
    also = b.pick(*b.images, "")
    return outputs + ([also] if also in used - {"t0", ""} else [])


def case_of(b: Builder, feed: dict[str, Array], outputs: list[str], dynamic: bool) -> Case:
    """What was built, as a model; the height and width of its input dynamic or not."""
    (name, value), *_ = feed.items()
    shape: list[int | str] = list(value.shape)
    if dynamic:
        first = 1 if value.dtype == np.uint8 else 2
        shape[first : first + 2] = ["height", "width"]
    kind = helper.np_dtype_to_tensor_dtype
    graph = helper.make_graph(
        b.nodes,
        "random",
        [helper.make_tensor_value_info(name, kind(value.dtype), shape)],
        [helper.make_tensor_value_info(o, kind(b.values[o].dtype), None) for o in outputs],
        b.initializers,
    )
    opset = helper.make_opsetid("", b.opset)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    return Case(model, feed, {name: b.values[name] for name in outputs})


def by_hand(shape: tuple[int, ...], build: Callable[[Builder, str], list[str]]) -> Case:
    """A case without a draw: what was once found."""

    def no_draw(_: st.SearchStrategy[Any]) -> Any:
        raise AssertionError("nothing is drawn here")

    b = Builder(no_draw, 17, np.random.default_rng(0))
    x = b.random.standard_normal(shape).astype(np.float32)
    feed = {b.name(x): x}
    return case_of(b, feed, build(b, *feed), False)


def transposed_to_and_fro(b: Builder, x: str) -> list[str]:
    """Of one row and one channel: it has the strides of a crop and is none."""
    inside = b.node("Tanh", b.node("Transpose", x, perm=[0, 2, 3, 1]))
    return [b.node("Conv", b.node("Transpose", inside, perm=[0, 3, 1, 2]), b.weights(3, 1, 1, 1))]


def padded_by_nothing(b: Builder, x: str) -> list[str]:
    """An output whose copy under another name is worked on."""
    y = b.node("Add", x, b.constant([[[0.5]]]))
    return [y, b.node("Relu", b.node("Pad", y, b.constant([0] * 8, np.int64)))]


def enlarged_by_little(b: Builder, x: str) -> list[str]:
    """To the extents that whole scales would give, of other places."""
    scales = b.constant([1, 1.0001, 2, 2.0001])
    attributes = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    return [b.node("Resize", x, "", scales, mode="nearest", **attributes)]


def signed_zeros(b: Builder, x: str) -> list[str]:
    """Products that are zeros of both signs."""
    return [b.node("Mul", x, b.constant(0)), b.node("Mul", x, b.constant([[[0]], [[-0.0]], [[0]]]))]


def assert_close(got: Array, want: Array, where: str) -> None:
    assert got.dtype == want.dtype, where
    assert got.shape == want.shape, where
    if not want.size:
        return
    if want.dtype == np.uint8:  # the last rounding may fall to either side
        assert np.abs(got.astype(int) - want.astype(int)).max() <= 1, where
        return
    worst = float(np.abs(got - want).max())
    assert worst <= TOLERANCE * max(float(np.abs(want).max()), 0.1), f"{where}: off by {worst}"


def run(case: Case, **way: Any) -> dict[str, Array]:
    return Session(case.model.SerializeToString(), **({"threads": 1} | way)).run(case.feed)


def assert_same(wanted: dict[str, Array], case: Case, *ways: dict[str, Any]) -> None:
    for way in ways:
        got = run(case, **way)
        for name, want in wanted.items():
            assert got[name].tobytes() == want.tobytes(), f"{name} is not the same with {way}"


@settings(
    max_examples=EXPLORE or 600,
    derandomize=not EXPLORE,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@example(by_hand((1, 1, 1, 2), transposed_to_and_fro), set())
@example(by_hand((1, 3, 4, 4), padded_by_nothing), set())
@example(by_hand((1, 3, 4, 5), enlarged_by_little), set())
@example(by_hand((1, 3, 4, 5), signed_zeros), set())
@given(cases(), st.sets(st.sampled_from(rewrites())))
def test_agrees_with_the_reference(case: Case, left_out: set[str]) -> None:
    for node in case.model.graph.node:
        event(node.op_type)
    exact = run(case, reference=True)
    for name, want in case.expected.items():
        assert_close(exact[name], want, f"{name} by the plain loops")
    without = [*OTHER_ALGORITHMS, *left_out]
    assert_same(exact, case, {"reference": True, "threads": 2})
    assert_same(exact, case, {"without": OTHER_ALGORITHMS}, {"without": without, "threads": 2})
    fast = run(case)
    for name, want in case.expected.items():
        assert_close(fast[name], want, name)
    assert_same(fast, case, {"threads": 2}, *({"isa": isa} for isa in instruction_sets()))


def test_every_operator_may_be_drawn() -> None:
    """But for old ones that the reference has no more."""
    parts = (graph_builder, graph_operators, head, to_multiple)
    words = {word for part in parts for word in re.findall(r'"(\w+)"', inspect.getsource(part))}
    assert set(operators()) - words == {"Affine", "Crop", "ImageScaler", "Upsample"}
