"""The hooks of the C API: what the engine takes from its host, when, and that it gives it back."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, Structure, c_char_p, c_int32, c_int64, c_size_t, c_void_p

import numpy as np
import pytest

from bench.style_network import style_network
from pleinair.engine import Session
from pleinair.engine import library as c

OUT_OF_MEMORY = 4
ALLOCATE = CFUNCTYPE(c_void_p, c_void_p, c_size_t, c_size_t)
RELEASE = CFUNCTYPE(None, c_void_p, c_void_p, c_size_t)


class Host(Structure):
    """`pl_host` without threads."""

    _fields_ = [
        ("context", c_void_p),
        ("allocate", ALLOCATE),
        ("release", RELEASE),
        ("pool_create", CFUNCTYPE(c_void_p, c_void_p, c_int32)),
        ("pool_destroy", CFUNCTYPE(None, c_void_p, c_void_p)),
        ("pool_run", c_void_p),
        ("log", CFUNCTYPE(None, c_void_p, c_int32, c_char_p)),
        ("clock", CFUNCTYPE(c_int64, c_void_p)),
    ]


class CountingHost:
    """Memory from the Python side, every block of it remembered; the `fail_at`-th is refused."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.calls = 0
        self.blocks: dict[int, ctypes.Array[ctypes.c_char]] = {}
        self.hooks = Host(allocate=ALLOCATE(self._allocate), release=RELEASE(self._release))
        self.fail_at = fail_at

    def _allocate(self, _context: int, size: int, alignment: int) -> int | None:
        self.calls += 1
        if self.calls == self.fail_at:
            return None
        block = ctypes.create_string_buffer(b"\xff" * (size + alignment))  # floats of it are NaN
        address = ctypes.addressof(block)
        address += -address % alignment
        self.blocks[address] = block
        return address

    def _release(self, _context: int, address: int, _size: int) -> None:
        del self.blocks[address]  # KeyError: freed twice, or never given


def load(model: bytes, host: CountingHost) -> tuple[int, int | None]:
    handle = c_void_p()
    status = c.library().pl_model_load(
        model, len(model), ctypes.byref(host.hooks), ctypes.byref(handle), None
    )
    return status, handle.value


def create(model: int, shape: tuple[int, ...]) -> tuple[int, int | None]:
    handle, given = c_void_p(), c.Shape(len(shape))
    for axis, extent in enumerate(shape):
        given.dims[axis] = extent
    status = c.library().pl_session_create(
        model, None, ctypes.byref(given), 1, ctypes.byref(handle), None
    )
    return status, handle.value


@contextmanager
def opened(model: bytes, host: CountingHost, shape: tuple[int, ...]) -> Iterator[int]:
    _, handle = load(model, host)
    assert handle
    _, session = create(handle, shape)
    assert session
    yield session
    c.library().pl_session_free(session)
    c.library().pl_model_free(handle)


def tensor(array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> c.Tensor:
    made = c.Tensor(2, c.Shape(array.ndim), array.ctypes.data)
    for axis, extent in enumerate(array.shape):
        made.shape.dims[axis] = extent
    return made


@pytest.fixture(scope="module")
def model() -> bytes:
    return style_network(strength=False, colours=False)


def test_a_frame_allocates_nothing(model: bytes) -> None:
    host, shape = CountingHost(), (1, 37, 50, 3)
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    painted = np.zeros_like(image)
    with opened(model, host, shape) as session:
        before = host.calls
        for _ in range(3):
            given, made, error = tensor(image), tensor(painted), c.Error()
            status = c.library().pl_session_run(
                session, ctypes.byref(given), 1, ctypes.byref(made), 1, ctypes.byref(error)
            )
            c.check(status, error)
        assert host.calls == before
    assert not host.blocks, "some memory was not given back"
    expected = Session(model, threads=1).run({"image": image})["painted"]
    np.testing.assert_array_equal(painted, expected, "memory was read before it was written")


def test_every_refused_allocation_is_an_error_and_leaks_nothing(model: bytes) -> None:
    working, shape = CountingHost(), (1, 20, 24, 3)
    with opened(model, working, shape):
        needed = working.calls
    for fail_at in range(1, needed + 1):
        host = CountingHost(fail_at)
        status, handle = load(model, host)
        if status == 0:
            assert handle
            status, session = create(handle, shape)
            assert session is None
            c.library().pl_model_free(handle)
        assert status == OUT_OF_MEMORY, f"allocation {fail_at} of {needed}"
        assert not host.blocks, f"allocation {fail_at} of {needed} leaked"
