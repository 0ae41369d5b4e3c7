"""OpenVINO, CPU plugin, in float32 and tuned for latency."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, cast

from bench.peers import Array, Run

_openvino: Any = import_module("openvino")


def version() -> str:
    return str(_openvino.__version__).split("-")[0]


def prepare(model: Path, folder: Path) -> Path:  # noqa: ARG001
    return model


def load(model: Path, shape: tuple[int, ...], threads: int) -> Run:
    core = _openvino.Core()
    network = core.read_model(model)
    network.reshape(list(shape))
    compiled = core.compile_model(
        network,
        "CPU",
        {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",  # or it may choose bfloat16 where the CPU has it
        },
    )
    request = compiled.create_infer_request()

    def run(x: Array) -> Array:
        return cast(Array, request.infer([x], share_inputs=True, share_outputs=True)[0])

    return run
