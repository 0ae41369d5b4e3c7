"""Plans: a model made ready for one set of input shapes."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleinair.engine import library as c
from pleinair.engine.picture import Picture

_TYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype(np.float32),
    2: np.dtype(np.uint8),
    3: np.dtype(np.int8),
    6: np.dtype(np.int32),
    7: np.dtype(np.int64),
    9: np.dtype(np.bool_),
    10: np.dtype(np.float16),
}
_CODES = {dtype: code for code, dtype in _TYPES.items()}

IN_FLIGHT = 2
"""Runs under way at once that keep a GPU busy: one computes while another is brought home."""

Array = NDArray[Any]
Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class ValueInfo:
    """An input or output as the model declares it.

    `shape` holds an int for a fixed dimension, a str for a named dynamic one and None for any
    other; it is None where the model does not even say how many dimensions there are.
    """

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int | str | None, ...] | None


@dataclass(frozen=True)
class Step:
    """One step of a plan.

    `macs`: multiply-adds as computed; `bytes`: of tensors read and written; `seconds`: of the last
    run of a session made with `profile=True`, else 0.
    """

    name: str
    kind: str
    description: str
    macs: int
    bytes: int
    seconds: float


@dataclass(frozen=True)
class Plan:
    """What a session does for one set of input shapes.

    `macs` counts the multiply-adds of the graph as written, `arena_bytes` the intermediate tensors
    and scratch, `weight_bytes` the packed weights.
    """

    steps: tuple[Step, ...]
    macs: int
    arena_bytes: int
    weight_bytes: int
    outputs: tuple[ValueInfo, ...]


class PlanInfo:
    """A `pl_session`: the model planned for one set of input shapes, to be asked what it is."""

    def __init__(self, model: int, options: c.Options, shapes: Shapes, outputs: int) -> None:
        lib, error, handle = c.library(), c.Error(), ctypes.c_void_p()
        given = (c.Shape * len(shapes))(*(_shape(shape) for shape in shapes))
        status = lib.pl_session_create(
            model,
            ctypes.byref(options),
            given,
            len(shapes),
            ctypes.byref(handle),
            ctypes.byref(error),
        )
        c.check(status, error)
        self._handle = handle.value
        infos = []
        for i in range(outputs):
            info = c.ValueInfo()
            lib.pl_session_output(self._handle, i, ctypes.byref(info))
            infos.append(value_info(info))
        self.outputs = tuple(infos)

    def close(self) -> None:
        """Gives the memory back; call it once."""
        handle, self._handle = self._handle, None
        if handle is not None:
            c.library().pl_session_free(handle)

    def reset(self) -> None:
        """Makes the next run start anew, where runs are smoothed."""
        error = c.Error()
        c.check(c.library().pl_session_reset(self._handle, ctypes.byref(error)), error)

    def image_size(self) -> tuple[int, int]:
        """Height and width of the first output, where it is an image; else (0, 0)."""
        shape = fixed(self.outputs[0]) if self.outputs else ()
        return (shape[1], shape[2]) if len(shape) == 4 else (0, 0)

    def describe(self) -> Plan:
        """Tells what the steps are."""
        lib, stats = c.library(), c.Stats()
        lib.pl_session_get_stats(self._handle, ctypes.byref(stats))
        steps = []
        for i in range(stats.steps):
            info = c.StepInfo()
            lib.pl_session_step(self._handle, i, ctypes.byref(info))
            steps.append(
                Step(
                    text(info.name),
                    text(info.kind),
                    text(info.description),
                    info.macs,
                    info.bytes,
                    info.nanoseconds * 1e-9,
                )
            )
        return Plan(tuple(steps), stats.macs, stats.arena_bytes, stats.weight_bytes, self.outputs)


class NativePlan(PlanInfo):
    """A plan that the engine itself runs."""

    def run(self, arrays: list[Array]) -> dict[str, Array]:
        """Gives all outputs by name for all inputs in order."""
        results = {
            info.name: np.empty(fixed(info), dtype=info.dtype)  # the engine writes every element
            for info in self.outputs
        }
        given = (c.Tensor * len(arrays))(*(tensor(array) for array in arrays))
        made = (c.Tensor * len(results))(*(tensor(array) for array in results.values()))
        error = c.Error()
        status = c.library().pl_session_run(
            self._handle, given, len(given), made, len(made), ctypes.byref(error)
        )
        c.check(status, error)
        return results

    def begin(self, arrays: list[Array]) -> Callable[[], dict[str, Array]]:
        """Runs; what is returned gives the outputs."""
        results = self.run(arrays)
        return lambda: results

    def paint(self, image: Picture, out: Picture, extra: list[Array]) -> None:
        """Fills one picture from another; `extra` are the inputs behind the first."""
        tensors = (c.Tensor * len(extra))(*(tensor(array) for array in extra))
        error = c.Error()
        status = c.library().pl_session_paint(
            self._handle,
            ctypes.byref(image.native()),
            ctypes.byref(out.native()),
            tensors,
            len(tensors),
            ctypes.byref(error),
        )
        c.check(status, error)


def text(raw: bytes | None) -> str:
    """The engine's text as Python's; null is empty."""
    return (raw or b"").decode("utf-8", "replace")


def _dtype(code: int) -> np.dtype[Any]:
    return _TYPES.get(code, np.dtype(np.float32))


def value_info(info: c.ValueInfo) -> ValueInfo:
    """`pl_value_info` without a reference to the engine's memory."""
    shape: tuple[int | str | None, ...] | None = None
    if info.rank >= 0:
        shape = tuple(
            info.dims[a] if info.dims[a] >= 0 else text(info.dim_names[a]) or None
            for a in range(info.rank)
        )
    return ValueInfo(text(info.name), _dtype(info.type), shape)


def fixed(info: ValueInfo) -> tuple[int, ...]:
    """The shape of a value of a plan, which knows it."""
    return tuple(dim for dim in info.shape or () if isinstance(dim, int))


def _shape(shape: Sequence[int]) -> c.Shape:
    made = c.Shape(len(shape))
    for axis, dim in enumerate(shape):
        made.dims[axis] = dim
    return made


def tensor(array: Array) -> c.Tensor:
    """`pl_tensor` over an array's memory."""
    return c.Tensor(_CODES[array.dtype], _shape(array.shape), array.ctypes.data)
