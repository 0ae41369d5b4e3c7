"""int8 kernels stand for weights as near to the trained ones as eight bits allow."""

from __future__ import annotations

import numpy as np
import pytest

from pleinair.convert.quantize import quantize

RANDOM = np.random.default_rng(8)


@pytest.mark.parametrize("axis", [0, 1])
def test_each_channel_has_a_grid_of_its_own(axis: int) -> None:
    kernel = RANDOM.normal(size=(6, 5, 3, 3)).astype(np.float32)
    sizes = np.float32(10) ** np.arange(-3, kernel.shape[axis] - 3)
    kernel *= sizes.reshape([-1 if a == axis else 1 for a in range(4)])
    small = quantize(kernel, axis)
    assert small.values.dtype == np.int8
    assert small.values.shape == kernel.shape
    assert small.scales.shape == (kernel.shape[axis],)
    error = np.abs(small.dequantized() - kernel)
    rows = np.moveaxis(error, axis, 0).reshape(len(sizes), -1).max(1)
    largest = np.abs(np.moveaxis(kernel, axis, 0)).reshape(len(sizes), -1).max(1)
    assert (rows <= largest / 127).all()


def test_the_scale_is_better_than_that_of_the_largest_weight() -> None:
    kernel = RANDOM.normal(size=(16, 144)).astype(np.float32)
    largest = np.abs(kernel).max(1, keepdims=True) / 127
    plain = np.square(np.rint(kernel / largest) * largest - kernel).sum(1)
    searched = np.square(quantize(kernel, 0).dequantized() - kernel).sum(1)
    assert (searched <= plain).all()
    assert searched.sum() < 0.98 * plain.sum()


def test_what_is_on_the_grid_stays() -> None:
    steps = RANDOM.integers(-127, 128, (3, 64))
    steps[:, 0] = 127
    kernel = (steps * np.array([[0.5], [0.01], [3.0]])).astype(np.float32)
    np.testing.assert_array_equal(quantize(kernel, 0).values, steps)


def test_a_channel_of_zeros() -> None:
    small = quantize(np.zeros((2, 9), np.float32), 0)
    assert not small.values.any()
    assert (small.scales > 0).all()
