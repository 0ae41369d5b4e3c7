"""The engines that are compared: one module each, all with the same few functions.

A peer's module imports its engine at the top, so that importing the module is what an engine costs
before there is a model. Engines come and go by name (`get`); nothing else here needs to know one.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, cast

from numpy.typing import NDArray

Array = NDArray[Any]
Run = Callable[[Array], Array]


class Peer(Protocol):
    """What a peer's module offers."""

    def version(self) -> str:
        """The engine's version."""

    def prepare(self, model: Path, folder: Path) -> Path:
        """Turns an ONNX file into the file the engine reads, in `folder`; returns its path.

        Engines that read ONNX return `model`.
        """

    def load(self, model: Path, shape: tuple[int, ...], threads: int) -> Run:
        """Makes a session ready for its first run on an input of `shape`.

        The result maps the one input to the one output, both as the ONNX file has them. Arrays may
        be reused from run to run.
        """


# Module name: how people write it, and the package it needs.
_KNOWN = {
    "pleinair": ("pleinair", "pleinair"),
    "onnxruntime": ("ONNX Runtime", "onnxruntime"),
    "openvino": ("OpenVINO", "openvino"),
    "ncnn": ("ncnn", "ncnn"),
    "mnn": ("MNN", "MNN"),
    "litert": ("LiteRT", "ai_edge_litert"),
    "pytorch": ("PyTorch", "torch"),
}
TITLES = {name: title for name, (title, _) in _KNOWN.items()}
OURS = "pleinair"
JUDGE = "onnxruntime"  # whose outputs everybody's must agree with


def get(name: str) -> Peer:
    """Imports a peer's module, and with it its engine; raises ValueError for an unknown name."""
    if name not in _KNOWN:
        raise ValueError(f"no peer {name!r}; there are {', '.join(_KNOWN)}")
    return cast(Peer, import_module(f"{__name__}.{name}"))


def installed() -> list[str]:
    """The peers whose packages are installed, in the order of tables."""
    return [name for name, (_, package) in _KNOWN.items() if find_spec(package)]
