"""MNN on the CPU in float32, converted by the converter in its wheel."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from bench.peers import Array, Run

_mnn: Any = import_module("MNN")

# The wheel's `mnnconvert` command also installs a logging package with pip, into whatever Python is
# first on PATH, and reports what it converted; so its converter is called without that wrapper.
_CONVERT = "import sys, MNN, _tools; _tools.mnnconvert(['mnnconvert', *sys.argv[1:]])"


def version() -> str:
    return str(_mnn.version())


def prepare(model: Path, folder: Path) -> Path:
    made = folder / "net.mnn"
    arguments = ["-f", "ONNX", "--modelFile", str(model), "--MNNModel", str(made)]
    subprocess.run(
        [sys.executable, "-c", _CONVERT, *arguments, "--bizCode", "MNN"],
        check=True,
        capture_output=True,
    )
    if not made.exists():
        raise RuntimeError("MNN's converter made no file")
    return made


def load(model: Path, shape: tuple[int, ...], threads: int) -> Run:
    net = _mnn.Interpreter(str(model))
    session = net.createSession({"backend": "CPU", "numThread": threads, "precision": "high"})
    source = net.getSessionInput(session)
    if source.getShape() != shape:
        net.resizeTensor(source, shape)
        net.resizeSession(session)
    target = net.getSessionOutput(session)
    layout = _mnn.Tensor_DimensionType_Caffe
    made = target.getShape()
    host = _mnn.Tensor(made, _mnn.Halide_Type_Float, np.empty(made, np.float32), layout)

    def run(x: Array) -> Array:
        source.copyFrom(_mnn.Tensor(shape, _mnn.Halide_Type_Float, x, layout))
        net.runSession(session)
        target.copyToHostTensor(host)
        return np.array(host.getNumpyData()).reshape(made)  # a copy: the view does not own it

    return run
