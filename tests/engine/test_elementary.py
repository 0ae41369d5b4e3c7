"""How exact the engine's own exp, log, tanh, sigmoid, sqrt and pow are, against float64 NumPy.

Errors are in ulp: the spacing of float32 at the exact result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from pleinair.engine import Session, instruction_sets

Array = NDArray[Any]

INFINITY = np.float32(np.inf)
LARGEST = np.finfo(np.float32).max
TINY = np.finfo(np.float32).smallest_normal
LEAST = np.finfo(np.float32).smallest_subnormal


def apply(op: str, *inputs: Array, **options: Any) -> Array:
    names = ["a", "b"][: len(inputs)]
    graph = helper.make_graph(
        [helper.make_node(op, names, ["y"])],
        op,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, 1, "n"]) for name in names],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 1, "n"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = Session(model.SerializeToString(), **options)
    images = (x[None, None, None] for x in inputs)
    result: Array = session.run(dict(zip(names, images, strict=True)))["y"][0, 0, 0]
    return result


def every_magnitude() -> Array:
    """A quarter of a million of the finite float32 values, evenly over their bit patterns."""
    values = np.arange(0, 2**32, 16363, dtype=np.uint64).astype(np.uint32).view(np.float32)
    return values[np.isfinite(values)]


def worst_ulp(got: Array, exact: Array) -> float:
    """The largest error where the exact result is a float32 number, in ulp."""
    finite = np.abs(exact) <= float(LARGEST)
    with np.errstate(over="ignore"):
        wanted = exact.astype(np.float32)
    spacing = np.spacing(np.abs(wanted[finite])).astype(np.float64)
    over = ~finite
    with np.errstate(invalid="ignore"):
        assert np.array_equal(got[over], wanted[over], equal_nan=True)
    return float((np.abs(got[finite].astype(np.float64) - exact[finite]) / spacing).max())


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


WAYS = [{"reference": True}, *({"isa": isa} for isa in instruction_sets())]


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    ("op", "exact", "low", "high", "bound"),
    [
        ("Exp", np.exp, -200, 200, 1.0),
        ("Log", np.log, 0, LARGEST, 1.75),
        ("Tanh", np.tanh, -LARGEST, LARGEST, 2.25),
        ("Sigmoid", sigmoid, -88, 200, 2.5),
        ("Sqrt", np.sqrt, 0, LARGEST, 0.5),
    ],
)
def test_error_is_bounded(
    op: str,
    exact: Callable[[Array], Array],
    low: float,
    high: float,
    bound: float,
    way: dict[str, Any],
) -> None:
    x = np.concatenate([every_magnitude(), np.linspace(-120, 120, 100_001, dtype=np.float32)])
    x = x[(x >= low) & (x <= high)]
    with np.errstate(over="ignore", divide="ignore"):
        wanted = exact(x.astype(np.float64))
    got = apply(op, x, **way)
    assert worst_ulp(got, wanted) <= bound


def test_pow_is_within_a_rounding() -> None:
    random = np.random.default_rng(7)
    x = np.exp(random.uniform(-20, 20, 200_000)).astype(np.float32)
    y = random.uniform(-10, 10, x.size).astype(np.float32)
    with np.errstate(over="ignore"):
        exact = x.astype(np.float64) ** y.astype(np.float64)
    assert worst_ulp(apply("Pow", x, y), exact) <= 0.501


@pytest.mark.parametrize(
    ("op", "x", "wanted"),
    [
        ("Exp", [0, -0.0, INFINITY, -INFINITY, 89, -104, 88.7], [1, 1, np.inf, 0, np.inf, 0, None]),
        ("Log", [0, -0.0, 1, INFINITY], [-np.inf, -np.inf, 0, np.inf]),
        ("Log", [-1, -LEAST, -INFINITY], [np.nan, np.nan, np.nan]),
        ("Tanh", [0, INFINITY, -INFINITY, 20, LEAST], [0, 1, -1, 1, LEAST]),
        ("Sigmoid", [0, INFINITY, -INFINITY, 200], [0.5, 1, 0, 1]),
        ("Sqrt", [0, INFINITY, -1, 4, LEAST], [0, np.inf, np.nan, 2, 2.0**-74.5]),
        ("Floor", [1.5, -1.5, -0.0, 2**23 + 1, INFINITY], [1, -2, 0, 2**23 + 1, np.inf]),
        ("Ceil", [1.5, -1.5, 0.25, -(2**30), -INFINITY], [2, -1, 1, -(2**30), -np.inf]),
        ("Abs", [-0.0, -LEAST, -INFINITY], [0, LEAST, np.inf]),
    ],
)
def test_special_values(op: str, x: list[float], wanted: list[float | None]) -> None:
    got = apply(op, np.array(x, np.float32))
    for value, want in zip(got, wanted, strict=True):
        if want is not None:
            np.testing.assert_equal(value, np.float32(want))


@pytest.mark.parametrize("op", ["Exp", "Log", "Tanh", "Sigmoid", "Sqrt", "Floor", "Ceil", "Abs"])
def test_nan_stays_nan(op: str) -> None:
    assert np.isnan(apply(op, np.array([np.nan, -np.nan], np.float32))).all()


def test_sigmoid_is_next_to_nothing_far_below_zero() -> None:
    got = apply("Sigmoid", np.linspace(-200, -88, 1000, dtype=np.float32))
    assert (got >= 0).all()
    assert (got <= TINY).all()


def test_tanh_keeps_the_sign_of_the_smallest() -> None:
    x = np.array([-LEAST, -TINY, -1e-4], np.float32)
    assert np.signbit(apply("Tanh", x)).all()


def test_log_of_denormals() -> None:
    x = np.array([LEAST, 3 * LEAST, TINY / 2], np.float32)
    np.testing.assert_allclose(apply("Log", x), np.log(x.astype(np.float64)), rtol=1e-6)


def test_exp_goes_down_through_the_denormals() -> None:
    x = np.linspace(-103.9, -87, 1000, dtype=np.float32)
    got = apply("Exp", x)
    assert (np.diff(got) >= 0).all()
    np.testing.assert_allclose(got, np.exp(x.astype(np.float64)), rtol=2e-7, atol=float(LEAST))


POW_CASES = [
    (0.0, 0.0, 1.0), (np.nan, 0.0, 1.0), (1.0, np.nan, 1.0), (np.nan, 2.0, np.nan),
    (2.0, np.nan, np.nan), (-2.0, 3.0, -8.0), (-2.0, 2.0, 4.0), (-2.0, 0.5, np.nan),
    (0.0, -1.0, np.inf), (-0.0, -1.0, -np.inf), (-0.0, -2.0, np.inf), (0.0, 2.0, 0.0),
    (np.inf, -1.0, 0.0), (-np.inf, 3.0, -np.inf), (-np.inf, 2.0, np.inf), (0.5, np.inf, 0.0),
    (2.0, np.inf, np.inf), (2.0, -np.inf, 0.0), (-1.0, np.inf, 1.0), (2.0, 128.0, np.inf),
    (2.0, -149.0, 2.0**-149), (2.0, 127.0, 2.0**127), (9.0, 0.5, 3.0), (-np.inf, 0.5, np.inf),
    (10.0, -2.0, 0.01), (LEAST, 0.5, 2.0**-74.5),
]  # fmt: skip


@pytest.mark.parametrize(("x", "y", "want"), POW_CASES)
def test_pow_of_special_values_is_that_of_c(x: float, y: float, want: float) -> None:
    got = apply("Pow", np.array([x], np.float32), np.array([y], np.float32))[0]
    np.testing.assert_equal(got, np.float32(want))
    assert np.signbit(got) == np.signbit(np.float32(want)) or np.isnan(got)
