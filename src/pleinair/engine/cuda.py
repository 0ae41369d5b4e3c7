"""The same ONNX file on NVIDIA's GPUs: ONNX Runtime's CUDA provider, which is cuDNN."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from pleinair.engine import library as c
from pleinair.engine.picture import PACKED, Picture
from pleinair.engine.plan import IN_FLIGHT, Array, PlanInfo, Shapes

_PROVIDER = "CUDAExecutionProvider"


def open_session(model: bytes) -> Any:
    """An ONNX Runtime session of a model's file.

    Raises EngineError (code "unsupported") where the package, its provider or a GPU is missing.
    """
    try:
        import onnxruntime
    except ImportError:
        message = "device 'cuda' needs the package onnxruntime-gpu: pip install 'pleinair[cuda]'"
        raise c.EngineError("unsupported", message) from None
    if _PROVIDER not in onnxruntime.get_available_providers():
        message = (
            "device 'cuda': this onnxruntime has no CUDA provider: "
            "pip uninstall onnxruntime, then pip install 'pleinair[cuda]'"
        )
        raise c.EngineError("unsupported", message)
    try:
        session = onnxruntime.InferenceSession(model, providers=[_PROVIDER])
    except Exception as error:  # whatever its library refuses
        raise c.EngineError("unsupported", f"device 'cuda': {error}") from None
    if _PROVIDER not in session.get_providers():  # it goes on without, and says so in a log
        message = "device 'cuda': no NVIDIA GPU, or its driver, CUDA or cuDNN are not found"
        raise c.EngineError("unsupported", message)
    return session


class CudaPlan(PlanInfo):
    """A model on ONNX Runtime; the engine checks the shapes and tells those of the outputs."""

    def __init__(
        self, model: int, options: c.Options, shapes: Shapes, outputs: int, session: Any
    ) -> None:
        super().__init__(model, options, shapes, outputs)
        self._session = session
        self._workers = ThreadPoolExecutor(IN_FLIGHT)

    def close(self) -> None:
        """Gives the memory back; call it once."""
        self._workers.shutdown()
        super().close()

    def begin(self, arrays: list[Array]) -> Callable[[], dict[str, Array]]:
        """Lets a thread run; what is returned waits for the outputs. Others may begin before."""
        return self._workers.submit(self.run, arrays).result

    def run(self, arrays: list[Array]) -> dict[str, Array]:
        """Gives all outputs by name for all inputs in order."""
        names = [info.name for info in self._session.get_inputs()]
        wanted = [info.name for info in self.outputs]
        found = self._session.run(wanted, dict(zip(names, arrays, strict=True)))
        return dict(zip(wanted, found, strict=True))

    def paint(self, image: Picture, out: Picture, extra: list[Array]) -> None:
        """Fills one picture from another; `extra` are the inputs behind the first."""
        for picture in (image, out):
            if picture.format not in PACKED:
                message = f"a GPU reads and writes RGB in any order, not {picture.format}"
                raise c.EngineError("unsupported", message)
        frame = np.ascontiguousarray(image.rgb())[np.newaxis]
        (painted,) = self.run([frame, *extra]).values()
        out.rgb()[...] = painted[0]
        if PACKED[out.format] == 4:
            out.planes[0][..., 3] = 255
