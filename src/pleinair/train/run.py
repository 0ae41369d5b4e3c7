"""The whole way from a painting to a style that can be used by name."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from rich.console import Console
from torch import nn

from pleinair.nets.cost import count_parameters, kmac_per_pixel
from pleinair.styles.catalogue import user_folder
from pleinair.train import checkpoint
from pleinair.train.config import TrainConfig
from pleinair.train.export import export
from pleinair.train.pick import pick_styles
from pleinair.train.start import read_start
from pleinair.train.trainer import CHECKPOINT, Result, Trainer, build
from pleinair.whole import whole


@dataclass(frozen=True)
class Trained:
    """What a run made: the model in the run's folder, its installed copy, and the figures."""

    model: Path
    installed: Path | None
    size_bytes: int
    result: Result


def train(
    config: TrainConfig,
    out: Path | None = None,
    *,
    resume: bool = False,
    install: bool = True,
    console: Console | None = None,
) -> Trained:
    """Train ``config`` in the folder ``out`` and export ``NAME.onnx``.

    ``out`` (default ``runs/NAME``) receives checkpoint, previews, TensorBoard log and the model;
    with ``install`` the user's style folder receives the model too, so that it loads by name.
    Ctrl-C saves and raises ``KeyboardInterrupt``; ``resume`` then goes on. Raises ``ValueError``
    or ``OSError`` with one clear message for settings and files that cannot be used. Of several
    processes the first one writes; to the others the model has 0 bytes.
    """
    out = out or Path("runs") / config.name
    trainer = Trainer(config, out, resume=resume, console=console)
    result = trainer.run()
    model = out / f"{config.name}.onnx"
    installed = None
    if not trainer.fabric.is_global_zero:
        return Trained(model, installed, 0, result)
    size = export_state(trainer.state(), model)
    if install:
        installed = user_folder() / model.name
        with whole(installed) as partial:
            partial.write_bytes(model.read_bytes())
    return Trained(model, installed, size, result)


def export_again(source: Path, path: Path, styles: Sequence[str] = ()) -> int:
    """Write a trained network as the model ``path``; gives the file's bytes.

    ``source`` is a run's folder or checkpoint, or a model file that was trained here. ``styles``
    names those that the file gets, in this order; without it, all. Raises ``ValueError`` for a
    style that the network doesn't have, and for what :func:`read_start` refuses.
    """
    if source.suffix == ".onnx":
        net, metadata = _read_model(source)
    else:
        state = checkpoint.load(source / CHECKPOINT if source.is_dir() else source)
        net, metadata = _read_state(state)
    if styles:
        metadata = pick_styles(net, metadata, styles)
    return export(net, path, metadata["pleinair.name"], metadata)


def export_state(state: dict[str, Any], path: Path) -> int:
    """Export what :meth:`Trainer.state` gives; gives the file's bytes."""
    net, metadata = _read_state(state)
    return export(net, path, metadata["pleinair.name"], metadata)


def _read_state(state: dict[str, Any]) -> tuple[nn.Module, dict[str, str]]:
    config = TrainConfig.from_dict(state["config"])
    net = build(config.architecture, config.levers)
    net.load_state_dict(state["net"])
    return net, _metadata(config, net, state)


def _read_model(path: Path) -> tuple[nn.Module, dict[str, str]]:
    start = read_start(path)
    net = build(start.architecture, start.levers)
    net.load_state_dict(start.weights)
    return net, {entry.key: entry.value for entry in onnx.load(path).metadata_props}


def _metadata(config: TrainConfig, net: nn.Module, state: dict[str, Any]) -> dict[str, str]:
    """The model file's ``metadata_props``: facts of the painting and the training record."""
    record = {
        **checkpoint.training_record(state),
        "parameters": count_parameters(net),
        "kmac_per_pixel": round(kmac_per_pixel(net), 3),
        "torch": torch.__version__,
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }
    return {
        "pleinair.name": config.name,
        "pleinair.styles": json.dumps([painting.facts() for painting in config.paintings]),
        "pleinair.training": json.dumps(record, separators=(",", ":"), sort_keys=True),
    }
