"""The engine's C API (`engine/include/pleinair.h`) as ctypes sees it."""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes import (
    POINTER,
    Structure,
    c_char,
    c_char_p,
    c_float,
    c_int32,
    c_int64,
    c_size_t,
    c_ssize_t,
    c_uint32,
    c_void_p,
)
from functools import cache
from pathlib import Path
from typing import Any

MAX_RANK = 8

STATUS = {
    1: "invalid argument",
    2: "invalid model",
    3: "unsupported",
    4: "out of memory",
    5: "limit",
    6: "busy",
}


class EngineError(RuntimeError):
    """What the engine refused, and why.

    `code` is one of "invalid argument", "invalid model", "unsupported", "out of memory",
    "limit" and "busy".
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Error(Structure):
    """`pl_error`."""

    _fields_ = [("code", c_int32), ("message", c_char * 508)]


class ValueInfo(Structure):
    """`pl_value_info`."""

    _fields_ = [
        ("name", c_char_p),
        ("type", c_int32),
        ("rank", c_int32),
        ("dims", c_int64 * MAX_RANK),
        ("dim_names", c_char_p * MAX_RANK),
    ]


class Options(Structure):
    """`pl_options`."""

    _fields_ = [
        ("threads", c_int32),
        ("flags", c_uint32),
        ("isa", c_char_p),
        ("memory_limit", c_size_t),
        ("without", c_char_p),
        ("smoothing", c_float),
    ]


class Shape(Structure):
    """`pl_shape`."""

    _fields_ = [("rank", c_int32), ("dims", c_int64 * MAX_RANK)]


class Tensor(Structure):
    """`pl_tensor`."""

    _fields_ = [("type", c_int32), ("shape", Shape), ("data", c_void_p)]


class Image(Structure):
    """`pl_image`."""

    _fields_ = [
        ("data", c_void_p * 3),
        ("stride", c_ssize_t * 3),
        ("width", c_int32),
        ("height", c_int32),
        ("format", c_int32),
        ("matrix", c_int32),
        ("range", c_int32),
        ("mirrored", c_int32),
    ]


class StepInfo(Structure):
    """`pl_step_info`."""

    _fields_ = [
        ("name", c_char_p),
        ("kind", c_char_p),
        ("description", c_char_p),
        ("macs", c_int64),
        ("bytes", c_int64),
        ("nanoseconds", c_int64),
    ]


class Stats(Structure):
    """`pl_session_stats`."""

    _fields_ = [
        ("macs", c_int64),
        ("arena_bytes", c_size_t),
        ("weight_bytes", c_size_t),
        ("steps", c_int32),
    ]


class GpuBuffer(Structure):
    """`pl_gpu_buffer`."""

    _fields_ = [
        ("kind", c_int32),
        ("port", c_int32),
        ("width", c_int32),
        ("height", c_int32),
        ("bytes", c_int64),
        ("data", c_void_p),
    ]


class GpuBinding(Structure):
    """`pl_gpu_binding`."""

    _fields_ = [("buffer", c_int32), ("writes", c_int32), ("offset", c_int64), ("bytes", c_int64)]


class GpuDispatch(Structure):
    """`pl_gpu_dispatch`."""

    _fields_ = [
        ("name", c_char_p),
        ("kind", c_char_p),
        ("macs", c_int64),
        ("bytes", c_int64),
        ("shader", c_int32),
        ("bindings", GpuBinding * 12),
        ("binding_count", c_int32),
        ("groups", c_int32 * 3),
    ]


# name: (result, arguments)
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "pl_default_host": (c_void_p, []),
    "pl_version": (c_char_p, []),
    "pl_model_load": (c_int32, [c_char_p, c_size_t, c_void_p, POINTER(c_void_p), POINTER(Error)]),
    "pl_model_free": (None, [c_void_p]),
    "pl_model_input_count": (c_int32, [c_void_p]),
    "pl_model_output_count": (c_int32, [c_void_p]),
    "pl_model_input": (c_int32, [c_void_p, c_int32, POINTER(ValueInfo)]),
    "pl_model_output": (c_int32, [c_void_p, c_int32, POINTER(ValueInfo)]),
    "pl_model_metadata_count": (c_int32, [c_void_p]),
    "pl_model_metadata_key": (c_char_p, [c_void_p, c_int32]),
    "pl_model_metadata_value": (c_char_p, [c_void_p, c_int32]),
    "pl_model_node_count": (c_int32, [c_void_p]),
    "pl_model_node_operator": (c_char_p, [c_void_p, c_int32]),
    "pl_model_opset": (c_int64, [c_void_p]),
    "pl_model_parameter_count": (c_int64, [c_void_p]),
    "pl_operator_name": (c_char_p, [c_int32]),
    "pl_isa_name": (c_char_p, [c_int32]),
    "pl_rewrite_name": (c_char_p, [c_int32]),
    "pl_peak": (c_int64, [c_char_p, c_int64]),
    "pl_session_create": (
        c_int32,
        [
            c_void_p,
            POINTER(Options),
            POINTER(Shape),
            c_int32,
            POINTER(c_void_p),
            POINTER(Error),
        ],
    ),
    "pl_session_free": (None, [c_void_p]),
    "pl_session_output": (c_int32, [c_void_p, c_int32, POINTER(ValueInfo)]),
    "pl_session_run": (
        c_int32,
        [c_void_p, POINTER(Tensor), c_int32, POINTER(Tensor), c_int32, POINTER(Error)],
    ),
    "pl_session_paint": (
        c_int32,
        [c_void_p, POINTER(Image), POINTER(Image), POINTER(Tensor), c_int32, POINTER(Error)],
    ),
    "pl_session_reset": (c_int32, [c_void_p, POINTER(Error)]),
    "pl_session_get_stats": (None, [c_void_p, POINTER(Stats)]),
    "pl_session_step": (c_int32, [c_void_p, c_int32, POINTER(StepInfo)]),
    "pl_gpu_buffer_count": (c_int32, [c_void_p]),
    "pl_gpu_get_buffer": (c_int32, [c_void_p, c_int32, POINTER(GpuBuffer)]),
    "pl_gpu_dispatch_count": (c_int32, [c_void_p]),
    "pl_gpu_get_dispatch": (c_int32, [c_void_p, c_int32, POINTER(GpuDispatch)]),
    "pl_gpu_shader": (c_char_p, [c_void_p, c_int32]),
    "pl_gpu_parameters": (c_int32, [c_void_p, POINTER(Tensor), c_int32, POINTER(Error)]),
}


def library_path() -> Path:
    """Where the engine's shared library lies; PLEINAIR_LIBRARY overrides."""
    override = os.environ.get("PLEINAIR_LIBRARY")
    if override:
        return Path(override)
    suffix = {"darwin": "dylib", "win32": "dll"}.get(sys.platform, "so")
    return Path(__file__).with_name(f"libpleinair.{suffix}")


@cache
def library() -> ctypes.CDLL:
    """The loaded engine.

    Raises EngineError where the shared library is missing, cannot be loaded or is another one.
    """
    path = library_path()
    try:
        loaded = ctypes.CDLL(str(path))
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(loaded, name)
            function.restype = result
            function.argtypes = arguments
    except (OSError, AttributeError) as error:  # an older engine has fewer functions
        message = f"cannot load the engine from {path}: {error}"
        raise EngineError("invalid argument", message) from None
    return loaded


def check(status: int, error: Error) -> None:
    """Raises what a C call reported."""
    if status:
        message = error.message.decode("utf-8", "replace")
        raise EngineError(STATUS.get(status, str(status)), message)
