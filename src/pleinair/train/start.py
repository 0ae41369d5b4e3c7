"""Where a run begins if not with random weights: another run's checkpoint, or a model file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor

from pleinair.convert.graph import read_weights
from pleinair.nets.levers import Levers
from pleinair.train import checkpoint
from pleinair.train.config import TrainConfig


@dataclass(frozen=True)
class Start:
    """A trained network: its weights by name, its styles' names, and how it was trained."""

    file: Path
    weights: dict[str, Tensor]
    styles: tuple[str, ...]
    levers: Levers
    architecture: str
    record: dict[str, Any]

    def weights_for(self, config: TrainConfig, nearest: Callable[[int], int]) -> dict[str, Tensor]:
        """The weights for the network of ``config``, which may have other styles.

        A painting that the network knows by name gets its row; another gets a copy of the row
        number ``nearest(index of the painting)``. Raises ``ValueError`` for another network.
        """
        wanted = replace(config.levers, styles=self.levers.styles)
        if (self.architecture, self.levers) != (config.architecture, wanted):
            raise ValueError(f"init: {self.file} has another network than the one to train")
        if "table" not in self.weights:
            return self.weights
        names = [painting.name for painting in config.paintings]
        rows = [
            self.styles.index(name) if name in self.styles else nearest(index)
            for index, name in enumerate(names)
        ]
        return {**self.weights, "table": self.weights["table"][rows]}


def read_start(path: Path) -> Start:
    """Read a checkpoint, or a model file that was trained here.

    Raises ``FileNotFoundError``, and ``ValueError`` for a file that is neither.
    """
    if path.suffix != ".onnx":
        state = checkpoint.load(path)
        return _start(path, state["net"], checkpoint.training_record(state))
    if not path.is_file():
        raise FileNotFoundError(f"init: no file {path}")
    try:
        model = onnx.load(path)
    except Exception as error:  # what parsing junk raises is not limited
        raise ValueError(f"init: {path} is not a readable ONNX file") from error
    facts = {entry.key: entry.value for entry in model.metadata_props}
    if "pleinair.training" not in facts:
        raise ValueError(f"init: {path} was not trained by pleinair: it has no training record")
    weights = {name: torch.from_numpy(values) for name, values in read_weights(model).items()}
    return _start(path, weights, json.loads(facts["pleinair.training"]))


def _start(path: Path, weights: dict[str, Tensor], record: dict[str, Any]) -> Start:
    config = record["config"]
    if "paintings" not in config:
        raise ValueError(f"init: {path} is of an older version, whose networks had one style")
    return Start(
        path,
        weights,
        tuple(painting["name"] for painting in config["paintings"]),
        Levers.from_dict(config["levers"]),
        config["architecture"],
        record,
    )
