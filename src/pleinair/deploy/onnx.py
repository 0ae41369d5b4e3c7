"""The bare model with its card: a README of what the file says of itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pleinair.deploy.bundle import new_folder
from pleinair.deploy.project import Offer, fill
from pleinair.engine import Session

_FIGURES = {
    "parameters": "parameters",
    "kmac_per_pixel": "thousand multiply-adds per pixel",
}
_LOSSES = {
    "style": "style loss",
    "content": "content loss",
    "steadiness": "steadiness loss",
    "total": "total loss",
}
_TRAINING = {
    "photos": "photographs",
    "features": "seen with",
    "steps": "steps of the last stage",
    "batch": "pictures in a step",
    "size": "their size in pixels",
    "content_weight": "weight of content",
    "style_weight": "weight of style",
    "steadiness_weight": "weight of steadiness",
    "seed": "seed",
}


def lay_out_onnx(folder: Path, chosen: Offer) -> None:
    """Write the model file and its card into `folder`, new or empty.

    Raises:
        DeployError: `folder` is not empty.
    """
    session = Session(chosen.content, threads=1)
    told = session.metadata
    record = _json(told.get("pleinair.training"), {})
    count = len(chosen.works)
    with new_folder(folder) as making:
        fill(
            "onnx",
            making,
            chosen,
            NAME=told.get("pleinair.title", told.get("pleinair.name", Path(chosen.name).stem)),
            COUNT=f"{count} styles" if count > 1 else "one style",
            BYTES=f"{len(chosen.content):,}",
            HASH=hashlib.sha256(chosen.content).hexdigest(),
            OPSET=str(session.opset),
            PORTS=_ports(session),
            STYLES=_styles(chosen, told),
            FIGURES=_figures(record),
            TRAINING=_training(record),
            FIRST=chosen.works[0].name,
        )
        chosen.write(making)


def _json(text: str | None, without: Any) -> Any:
    try:
        return without if text is None else json.loads(text)
    except ValueError:
        return without


_MEANING = {
    "image": "RGB, at least 16 × 16",
    "style": "how much of each style; those of a mixture add up to 1",
    "strength": "0 the photo, 1 the painting",
    "colours": "0 the painting's, 1 the photo's own",
    "painted": "RGB",
}


def _ports(session: Session) -> str:
    return "\n".join(
        f"| {kind} | `{value.name}` | {value.dtype} | {' × '.join(map(str, value.shape or ()))} "
        f"| {_MEANING.get(value.name, '')} |"
        for kind, values in (("input", session.inputs), ("output", session.outputs))
        for value in values
    )


def _styles(chosen: Offer, told: Mapping[str, str]) -> str:
    """The styles, with what the file says of their licences."""
    listed = _json(told.get("pleinair.styles"), [{"licence": told.get("pleinair.licence", "")}])
    lines = ["| number | style | artwork | artist | year | licence of the artwork |"]
    lines.append("|---:|---|---|---|---|---|")
    for row, (work, more) in enumerate(zip(chosen.works, listed, strict=True)):
        licence = more.get("licence") or "not told"
        lines.append(
            f"| {row} | `{work.name}` | {work.title} | {work.artist} | {work.year} | {licence} |"
        )
    return "\n".join(lines)


def _figures(record: Mapping[str, Any]) -> str:
    losses = record.get("losses", {})
    found = [(name, record[key]) for key, name in _FIGURES.items() if key in record]
    found += [(name, losses[key]) for key, name in _LOSSES.items() if key in losses]
    return _table(found) or "None."


def _training(record: Mapping[str, Any]) -> str:
    """The settings that matter most, and how long it took with all stages before the last."""
    config = record.get("config", {})
    found = [(name, config[key]) for key, name in _TRAINING.items() if key in config]
    seconds, stage = 0, record
    while isinstance(stage, Mapping) and stage:
        seconds += stage.get("seconds", 0)
        stage = stage.get("start", {})
    if seconds:
        found.append(("minutes, with the stages before", round(seconds / 60)))
    found += [(name, record[key]) for key, name in (("date", "date"), ("torch", "PyTorch"))
              if key in record]  # fmt: skip
    return _table(found) or "The file does not tell how it was trained."


def _table(rows: list[tuple[str, Any]]) -> str:
    if not rows:
        return ""
    return "\n".join(
        ["| | |", "|---|---|", *(f"| {name} | {_text(value)} |" for name, value in rows)]
    )


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and value > 9999 else str(value)
