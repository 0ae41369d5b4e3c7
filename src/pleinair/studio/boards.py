"""Boards that `pleinair evaluate` wrote: their figures as rows, and which of them are plotted."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pleinair.studio.charts import Dot

UNREST = {"warp": "warp", "warp_found": "warp, real clips", "flicker": "flicker", "shift": "shift"}


@dataclass(frozen=True)
class Row:
    """A style of a model, or what it is compared with; what was not measured is None.

    Attributes:
        figures: by the key of their column.
        pictures: the photos' names, and the files painted of them.
    """

    model: str
    style: str
    painting: str | None
    figures: dict[str, float | None]
    pictures: dict[str, Path]


@dataclass(frozen=True)
class Board:
    """A board in a folder.

    Attributes:
        columns: key and heading of every figure.
        costs: the columns that say what a model costs.
        losses: those that say how it looks, by what the plots call them.
        photos: names of the photos and where they lie.
    """

    folder: Path
    about: str
    columns: dict[str, str]
    costs: dict[str, str]
    losses: dict[str, str]
    rows: tuple[Row, ...]
    photos: dict[str, Path]
    paintings: dict[str, Path]

    def dots(self, cost: str, loss: str) -> list[Dot]:
        """A small dot for each painting of a model and a large one for their mean."""
        points: dict[str, list[tuple[float, float]]] = {}
        dots = []
        for row in self.rows:
            x, y = row.figures.get(cost), row.figures.get(loss)
            if x and y is not None:
                points.setdefault(row.model, []).append((x, y))
                dots.append(Dot(f"{row.model}, {row.style}", x, y, row.model, strong=False))
        for model, own in points.items():
            x, y = (sum(values) / len(own) for values in zip(*own, strict=True))
            dots.append(Dot(model, x, y, model))
        return dots if any(len(own) > 1 for own in points.values()) else dots[len(dots) // 2 :]


def find_boards(folder: Path) -> list[Path]:
    """Folders with a board: below the folder of the runs, or beside it; the newest first."""
    places = [*folder.glob("*/board.json"), *folder.glob("board.json")]
    places += folder.resolve().parent.glob("board*/board.json")
    places.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return list(dict.fromkeys(path.parent for path in places))


def read_board(folder: Path) -> Board:
    """The board in a folder.

    Raises:
        ValueError: it can't be read.
    """
    path = folder / "board.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: no board that can be read ({error})") from error


@lru_cache(8)
def _read(path: Path, _changed: int) -> Board:
    report, folder = json.loads(path.read_text()), path.parent
    sizes = [f"{width}x{height}" for width, height in report["settings"]["speed_sizes"]]
    judges = list(report["judges"])
    times = {f"ms {size}": f"ms {size.replace('x', ' × ')}" for size in sizes}
    seen = {
        f"{kind} {judge}": f"{kind}, {judge}" for judge in judges for kind in ("style", "content")
    }
    rows = tuple(_row(found, folder, sizes, judges) for found in report["rows"])
    columns = {"kb": "KB", "kmac": "kMAC a pixel", **times, "look": "loss", **seen, **UNREST}
    columns |= {"people": "A/B score"}
    there = {key for row in rows for key, value in row.figures.items() if value is not None}
    losses = {"look": "style and content", **seen}
    costs = {"kmac": "kMAC a pixel", **times}
    photos, machine = report["photos"], report["machine"]
    return Board(
        folder,
        f"{len(photos)} photos, painted on {machine}. Losses are relative to the "
        "optimisation by Gatys, unrest to the unpainted pictures; less is better.",
        {key: name for key, name in columns.items() if key in there},
        {key: name for key, name in costs.items() if key in there},
        {key: name for key, name in losses.items() if key in there},
        rows,
        _files(folder, report["originals"]),
        _files(folder, report["paintings"]),
    )


def _row(found: dict[str, Any], folder: Path, sizes: list[str], judges: list[str]) -> Row:
    figures: dict[str, float | None] = {
        "kb": found["size_bytes"] / 1000 if "size_bytes" in found else None,
        "kmac": found.get("kmac_per_pixel"),
        "look": _look(found, judges),
    }
    for size in sizes:
        figures[f"ms {size}"] = ((found.get("speed") or {}).get(size) or {}).get("ms")
    for judge in judges:
        losses = found["losses"].get(judge) or {}
        for kind in ("style", "content"):
            figures[f"{kind} {judge}"] = losses.get(f"{kind}_ratio", losses.get(kind))
    for name in UNREST:
        figures[name] = (found.get(name) or {}).get("ratio")
    figures["people"] = (found.get("raters") or {}).get("score")
    return Row(
        str(found["model"]),
        str(found["style"]),
        found.get("painting"),
        figures,
        _files(folder, found.get("pictures") or {}),
    )


def _look(found: dict[str, Any], judges: list[str]) -> float | None:
    """Geometric mean of style and content, as the first judge that may speak sees them."""
    for judge in judges:
        losses = found["losses"].get(judge) or {}
        style, content = losses.get("style_ratio"), losses.get("content_ratio")
        if style and content:
            return math.sqrt(style * content)
    return None


def _files(folder: Path, named: dict[str, str]) -> dict[str, Path]:
    """Pictures of a board by name; only those that lie in its folder."""
    inside = folder.resolve()
    paths = {name: (folder / text).resolve() for name, text in named.items()}
    return {name: path for name, path in paths.items() if path.is_relative_to(inside)}
