"""The fused multiply-add rounds once, where the processor has it and where software stands in."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pleinair.engine import Session, instruction_sets

Floats = NDArray[np.float32]


def fma_rounded_once(a: np.float32, b: np.float32, c: np.float32) -> float:
    """a * b + c in fractions, then to the nearest float32, halves to even."""
    exact = Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))
    if exact == 0:
        return 0.0
    exponent = math.frexp(exact)[1] - 1  # or one more, where frexp rounds up to a power of two
    exponent -= abs(exact) < Fraction(2) ** exponent
    place = Fraction(2) ** max(exponent - 23, -149)
    rounded = round(exact / place) * place
    return float(rounded) if abs(rounded) < 2**128 else math.copysign(math.inf, exact)


def close_to_halves() -> tuple[Floats, Floats, Floats]:
    """Sums so close to halfway between two floats that rounding to double first loses the side."""
    random = np.random.default_rng(5)
    tiny, count = 2.0 ** -random.integers(15, 24, 1500), 1500
    a, b = 1 + tiny, 2.0**-24 * (1 - tiny)
    c = (1 + random.integers(0, 2**23, count) * 2.0**-23) * random.choice([-1, 1], count)
    b *= random.choice([-1, 1], count)
    scale = 2.0 ** random.integers(-60, 60, count)
    return (a.astype(np.float32), (b * scale).astype(np.float32), (c * scale).astype(np.float32))


def of_all_sizes() -> tuple[Floats, Floats, Floats]:
    """Any finite numbers: sums overflow, cancel, and fall below the normal range."""
    random = np.random.default_rng(6)

    def some(count: int, lowest: int, highest: int) -> NDArray[np.float64]:
        scale = 2.0 ** random.integers(lowest, highest, count)
        return random.choice([-1, 1], count) * random.uniform(1, 2, count) * scale

    parts = [
        [some(1001, -30, 30) for _ in "abc"],
        [some(1000, -75, -60), some(1000, -75, -60), some(1000, -149, -120)],
        [some(300, 60, 64), some(300, 62, 64), some(300, 124, 128)],
    ]
    a, b, c = (np.concatenate(part).astype(np.float32) for part in zip(*parts, strict=True))
    near = slice(0, 500)  # c is about -a b
    c[near] = -a[near] * b[near]
    return a, b, c


@pytest.mark.parametrize("isa", instruction_sets())
@pytest.mark.parametrize("numbers", [close_to_halves, of_all_sizes])
def test_rounds_once(numbers: Callable[[], tuple[Floats, Floats, Floats]], isa: str) -> None:
    a, b, c = numbers()
    # A depthwise convolution of one pixel: whole vectors of channels, then single ones.
    graph = helper.make_graph(
        [helper.make_node("Conv", ["a", "b", "c"], ["y"], group=len(a))],
        "multiply-add",
        [helper.make_tensor_value_info("a", TensorProto.FLOAT, [1, len(a), 1, 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, len(a), 1, 1])],
        [numpy_helper.from_array(b.reshape(-1, 1, 1, 1), "b"), numpy_helper.from_array(c, "c")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = Session(model.SerializeToString(), isa=isa, threads=1)
    got = session.run({"a": a.reshape(1, -1, 1, 1)})["y"].ravel()
    wanted = np.array([fma_rounded_once(*abc) for abc in zip(a, b, c, strict=True)], np.float32)
    np.testing.assert_array_equal(got, wanted)


def test_numbers_are_hard_enough() -> None:
    """In double and then to float, many of the sums come out wrong."""
    a, b, c = close_to_halves()
    twice = (a.astype(np.float64) * b + c).astype(np.float32)
    once = np.array([fma_rounded_once(*abc) for abc in zip(a, b, c, strict=True)], np.float32)
    assert (twice != once).mean() > 0.2
