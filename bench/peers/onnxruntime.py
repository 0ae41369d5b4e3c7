"""ONNX Runtime, CPU execution provider."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import onnxruntime

from bench.peers import Array, Run


def version() -> str:
    return str(onnxruntime.__version__)


def prepare(model: Path, folder: Path) -> Path:  # noqa: ARG001
    return model


def load(model: Path, shape: tuple[int, ...], threads: int) -> Run:  # noqa: ARG001
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model, sess_options=options, providers=["CPUExecutionProvider"]
    )
    source = session.get_inputs()[0].name

    def run(x: Array) -> Array:
        return cast(Array, session.run(None, {source: x})[0])

    return run
