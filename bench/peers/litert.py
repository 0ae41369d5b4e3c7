"""LiteRT with its default XNNPACK delegate."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

import numpy as np

from bench.peers import Array, Run

_litert: Any = import_module("ai_edge_litert.interpreter")


def version() -> str:
    return package_version("ai-edge-litert")


def prepare(model: Path, folder: Path) -> Path:
    from bench.tflite import convert  # here alone: it must not count as memory of a run

    made = folder / "net.tflite"
    made.write_bytes(convert(model))
    return made


def load(model: Path, shape: tuple[int, ...], threads: int) -> Run:  # noqa: ARG001
    interpreter = _litert.Interpreter(str(model), num_threads=threads)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_output_details()[0]["index"]

    def run(x: Array) -> Array:
        interpreter.set_tensor(source, x.transpose(0, 2, 3, 1))
        interpreter.invoke()
        y: Array = interpreter.get_tensor(target)
        return np.ascontiguousarray(y.transpose(0, 3, 1, 2))

    return run
