"""The models and inputs of the tables."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

import pleinair.styles
from bench.foreign import standard
from bench.models import NETWORKS, Size, build
from pleinair.engine import Session

CANDY = "candy"
_CANDY_SIZE = (720, 720)


@dataclass(frozen=True)
class Case:
    """A model file and an input for it; `gflop`: two per multiply-add of the graph as written."""

    name: str
    size: Size  # height, width
    model: Path
    x: NDArray[Any]
    gflop: float


def _candy() -> Path:
    data = Path(os.environ.get("PLEINAIR_DATA", "../shared/data"))
    return data / "models" / "winml" / "candy.onnx"


def known_networks() -> list[str]:
    """Our networks, and candy where the data folder is."""
    return [*NETWORKS, *([CANDY] if _candy().exists() else [])]


def networks(names: Sequence[str], sizes: Sequence[Size], folder: Path) -> Iterator[Case]:
    """Float networks, written into `folder`; candy has one size, whatever `sizes` say.

    Raises FileNotFoundError where candy is asked for without the data folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        if name == CANDY:
            path = folder / f"{CANDY}.onnx"
            onnx.save(standard(_candy()), path)
            yield _float_case(name, _CANDY_SIZE, path)
            continue
        for size in sizes:
            path = folder / f"{name}-{size[0]}x{size[1]}.onnx"
            build(name, *size).save(path)
            yield _float_case(name, size, path)


def styles(sizes: Sequence[Size], folder: Path) -> Iterator[Case]:
    """The shipped models, each with one style chosen: pictures of bytes in and out."""
    folder.mkdir(parents=True, exist_ok=True)
    for shipped in sorted(Path(pleinair.styles.__file__).parent.glob("*.onnx")):
        path = folder / shipped.name
        path.write_bytes(_with_one_style(onnx.load(shipped)).SerializeToString())
        for size in sizes:
            x = np.random.default_rng(0).integers(0, 256, (1, *size, 3), np.uint8)
            yield Case(path.stem, size, path, x, _gflop(path, x.shape))


def _with_one_style(model: onnx.ModelProto) -> onnx.ModelProto:
    """Make constants of the inputs beside the image: the first style, in full, in its colours."""
    inputs = model.graph.input
    for value in inputs[1:]:
        array = np.zeros([dim.dim_value for dim in value.type.tensor_type.shape.dim], np.float32)
        array[0] = value.name != "colours"
        model.graph.initializer.append(numpy_helper.from_array(array, value.name))
    del inputs[1:]
    return model


def _float_case(name: str, size: Size, path: Path) -> Case:
    x = np.random.default_rng(0).uniform(0, 255, (1, 3, *size)).astype(np.float32)
    return Case(name, size, path, x, _gflop(path, x.shape))


def _gflop(path: Path, shape: tuple[int, ...]) -> float:
    session = Session(path, threads=1)
    return 2 * session.plan({session.inputs[0].name: shape}).macs / 1e9
