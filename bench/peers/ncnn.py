"""ncnn on the CPU in float32, converted by pnnx."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from bench.peers import Array, Run

_ncnn: Any = import_module("ncnn")


def version() -> str:
    return str(_ncnn.__version__)


def prepare(model: Path, folder: Path) -> Path:
    """Converts into `folder`/net.ncnn.param and .bin; float16 weights are off."""
    dims = onnx.load(model).graph.input[0].type.tensor_type.shape.dim
    shape = ",".join(str(dim.dim_value) for dim in dims)
    shutil.copy(model, folder / "net.onnx")  # pnnx writes beside its input
    converter = str(Path(sys.executable).with_name("pnnx"))
    subprocess.run(
        [converter, "net.onnx", f"inputshape=[{shape}]", "fp16=0"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder / "net.ncnn.param"


def load(model: Path, shape: tuple[int, ...], threads: int) -> Run:  # noqa: ARG001
    net = _ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_vulkan_compute = False
    for reduced in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
        setattr(net.opt, f"use_{reduced}", False)
    net.load_param(str(model))
    net.load_model(str(model.with_suffix(".bin")))
    source, target = net.input_names()[0], net.output_names()[0]

    def run(x: Array) -> Array:
        with net.create_extractor() as extractor:
            extractor.input(source, _ncnn.Mat(x[0]))
            status, y = extractor.extract(target)
        if status:
            raise RuntimeError(f"ncnn gave error {status}")
        return np.asarray(y)[np.newaxis]

    return run
