"""Convolution kernels as int8 with one scale for each output channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_ELEMENTS = 1024
"""Smaller kernels stay float16: they would save less than a kilobyte. Among them are those of the
first and the last layer, to which a painting is most sensitive."""

_MOST = 127  # symmetric: -128 is left out, so that a weight's sign costs nothing
_STEPS = 41  # grids that are tried for each channel


@dataclass(frozen=True)
class Quantized:
    """``values`` [as the kernel], int8, times ``scales`` [channels], float32, along ``axis``."""

    values: NDArray[np.int8]
    scales: NDArray[np.float32]
    axis: int

    def dequantized(self) -> NDArray[np.float32]:
        """The weights that they stand for, as ONNX's DequantizeLinear computes them."""
        shape = [1] * self.values.ndim
        shape[self.axis] = -1
        return self.values.astype(np.float32) * self.scales.reshape(shape)


def quantize(kernel: NDArray[np.float32], axis: int) -> Quantized:
    """Round a kernel to int8 with the scale of least squared error for every index of ``axis``.

    The scales tried put the largest weight at 127 and, in even steps, up to a quarter beyond,
    where it is held to 127 and the grid is finer for all others (cf. Banner et al. 2019,
    "Post training 4-bit quantization", arXiv:1810.05723).
    """
    rows = np.moveaxis(kernel, axis, 0)
    flat = rows.reshape(len(rows), -1).astype(np.float64)
    largest = np.abs(flat).max(1)
    best = np.full(len(flat), np.inf)
    scales = np.ones(len(flat), np.float32)
    for share in np.linspace(1.0, 0.75, _STEPS):
        tried = (share * largest / _MOST).astype(np.float32)
        tried[tried == 0] = 1  # nothing but zeros
        error = np.square(_round(flat, tried) * tried[:, None] - flat).sum(1)
        scales = np.where(error < best, tried, scales)
        best = np.minimum(error, best)
    values = _round(flat, scales).astype(np.int8).reshape(rows.shape)
    return Quantized(np.ascontiguousarray(np.moveaxis(values, 0, axis)), scales, axis)


def _round(flat: NDArray[np.float64], scales: NDArray[np.float32]) -> NDArray[np.float64]:
    steps: NDArray[np.float64] = np.rint(flat / scales[:, None].astype(np.float64))
    return np.clip(steps, -_MOST, _MOST)
