"""Checkpoints of a training run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from pleinair.train.config import TrainConfig
from pleinair.whole import whole

FORMAT = 1


def save(path: Path, state: dict[str, Any]) -> None:
    """Write ``state`` (tensors and plain values), atomically."""
    with whole(path) as partial:
        torch.save({"format": FORMAT, **state}, partial)


def load(path: Path) -> dict[str, Any]:
    """Read what :func:`save` wrote; raises ``ValueError`` for any other file."""
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint {path}")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what unpickling junk raises is not limited
        raise ValueError(f"{path} is not a readable checkpoint: {error}") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise ValueError(f"{path} is not a checkpoint of format {FORMAT}")
    return state


def going_on(
    path: Path, settings: Mapping[str, Any], free: frozenset[str], resume: bool
) -> dict[str, Any] | None:
    """What a run with these settings begins with: the state at ``path``, or ``None`` for nothing.

    Raises ``FileExistsError`` where there is a checkpoint that is not to be resumed, and
    ``ValueError`` where it was made with other settings, ``free`` ones apart.
    """
    if not resume:
        if path.exists():
            raise FileExistsError(f"{path} exists: resume it, or choose another folder")
        return None
    saved = load(path)
    then = saved["config"]
    for name, value in settings.items():
        was = then.get(name)
        if name not in free and was != value:
            raise ValueError(f"cannot resume {path}: {name} was {was!r}, now {value!r}")
    return saved


def training_record(state: dict[str, Any]) -> dict[str, Any]:
    """What made a checkpoint, as JSON values: settings, steps, seconds, final mean losses.

    ``start`` is the same for the run whose weights it began with, or is missing; of its settings
    it has those that were others.
    """
    record = {
        "config": TrainConfig.from_dict(state["config"]).record(),
        "steps": state["step"],
        "seconds": round(state["seconds"]),
        "losses": {name: round(value, 4) for name, value in state["losses"].items()},
    }
    start = state["start"]
    if start is None:
        return record
    known = record["config"]
    other = {key: value for key, value in start["config"].items() if known.get(key) != value}
    return {**record, "start": {**start, "config": other}}
