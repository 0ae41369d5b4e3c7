"""The board: one row for each style of each model, and for what they are compared with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pleinair.engine.library import library_path
from pleinair.evaluate import stability
from pleinair.evaluate.fidelity import Judge, held_out
from pleinair.evaluate.gatys import RECIPE, optimise
from pleinair.evaluate.inputs import Clip, Photo
from pleinair.evaluate.machine import processor
from pleinair.evaluate.models import Painter, Pixels
from pleinair.evaluate.page import dig, write_page
from pleinair.evaluate.paintings import Painting
from pleinair.evaluate.settings import Settings
from pleinair.evaluate.speed import milliseconds
from pleinair.evaluate.store import Store
from pleinair.evaluate.votes import Figure, Votes, add_votes, agreement
from pleinair.train.features import OWN, OWN_FILE, load_features
from pleinair.video import write_picture
from pleinair.whole import whole

GATYS = "Gatys"
PHOTO = "unpainted"
Row = dict[str, Any]
Say = Callable[[str, int, int], object]


@dataclass(frozen=True)
class Material:
    """What is painted, and what judges it.

    Attributes:
        photos: stills; for the losses, the flicker and the shift figure.
        clips: frames whose motion was found.
        scenes: frames whose motion is known.
        judges: features for the losses.
        features: name or file of the features of Gatys' optimisation.
    """

    photos: Sequence[Photo]
    clips: Sequence[Clip]
    scenes: Sequence[Clip]
    judges: Sequence[Judge]
    features: str


class Board:
    """Measures painters on the same material.

    ``out`` receives ``index.html``, ``board.json``, ``pictures/``, and ``parts/`` with everything
    measured, so that what is there already is not measured again; the speed is with ``retime``.
    ``votes`` of people stand beside the figures.
    """

    def __init__(
        self,
        material: Material,
        settings: Settings,
        out: Path,
        *,
        retime: bool = False,
        votes: Votes | None = None,
    ) -> None:
        self.votes = votes
        self.retime, self.timed = retime, set[str]()
        self.material, self.settings, self.out = material, settings, out
        self.store = Store(out / "parts")
        self.photo_keys = [photo.key for photo in material.photos]
        torch.set_num_threads(settings.threads)

    def measure(
        self,
        entries: Sequence[tuple[Painter, Painting | None]],
        say: Say = lambda _text, _done, _total: None,
    ) -> list[Row]:
        """A row for every painter and its painting, and two to compare with for every painting.

        ``say`` is called with what comes next, and how many of how many rows are done. Writes
        ``board.json`` and ``index.html`` when all are there.
        """
        paintings = list(dict.fromkeys(painting for _, painting in entries if painting))
        references = 2 if self.settings.gatys_steps else 1
        total = references * len(paintings) + len(entries)
        rows: list[Row] = []
        for painting in paintings:
            say(f"photos, {painting.name}", len(rows), total)
            rows.append(self._photo_row(painting))
            if self.settings.gatys_steps:
                rows.append(self._gatys_row(painting, say))
        for painter, learnt in entries:
            say(f"{painter.model}, {painter.style}", len(rows), total)
            rows.append(self._painter_row(painter, learnt))
        _relate(rows)
        if self.votes is not None:
            add_votes(rows, self.votes)
        say("", total, total)
        report = self._report(rows, paintings)
        with whole(self.out / "board.json") as partial:
            partial.write_text(json.dumps(report, indent=1) + "\n")
        write_page(report, self.out)
        return rows

    def _report(self, rows: list[Row], paintings: list[Painting]) -> dict[str, Any]:
        material = self.material
        return {
            "machine": processor(),
            "settings": self.settings.to_dict(),
            "photos": [photo.name for photo in material.photos],
            "clips": [clip.name for clip in material.clips],
            "scenes": [clip.name for clip in material.scenes],
            "judges": [judge.name for judge in material.judges],
            "features": Path(material.features).stem,
            "paintings": {
                p.name: self._picture("painting", p.name, "", p.pixels()) for p in paintings
            },
            "originals": {
                photo.name: self._picture(PHOTO, "", photo.name, photo.pixels)
                for photo in material.photos
            },
            "rows": rows,
            "raters": self._raters(rows),
        }

    def _raters(self, rows: list[Row]) -> dict[str, Any] | None:
        """The test whose scores the rows have, and how far each figure agrees with people."""
        if self.votes is None:
            return None
        votes = self.votes
        return {
            "test": votes.name,
            "question": votes.question,
            "votes": votes.counted,
            "people": votes.raters,
            "agreement": agreement(rows, figures(self.material.judges, self.settings)),
        }

    def _painter_row(self, painter: Painter, painting: Painting | None) -> Row:
        sizes = self.settings.speed_sizes
        height, width = painter.fixed or (sizes[0][1], sizes[0][0])
        pixels = [painter.paint(photo.pixels) for photo in self.material.photos]
        used = str(painter.record.get("features", ""))
        return {
            "model": painter.model,
            "style": painter.style,
            **_about(painting),
            "parameters": painter.parameters,
            "size_bytes": painter.size_bytes,
            "styles": painter.styles,
            "trained_with": Path(used).stem,
            "kmac_per_pixel": painter.costs(height, width) / (height * width) / 1000,
            "speed": self._speed(painter),
            "losses": self._losses(painter.key, pixels, painting, used),
            **self._unrest(painter),
            "pictures": self._pictures(painter.model, painter.style, pixels),
        }

    def _photo_row(self, painting: Painting) -> Row:
        pixels = [photo.pixels for photo in self.material.photos]
        losses = self._losses(PHOTO, pixels, painting, "")
        return {"model": PHOTO, "style": painting.name, **_about(painting), "losses": losses}

    def _gatys_row(self, painting: Painting, say: Say) -> Row:
        pixels = [self._optimised(photo, painting, say) for photo in self.material.photos]
        key = json.dumps(self._gatys_key(painting))
        return {
            "model": GATYS,
            "style": painting.name,
            **_about(painting),
            "losses": self._losses(key, pixels, painting, self.material.features),
            "pictures": self._pictures(GATYS, painting.name, pixels),
        }

    def _gatys_key(self, painting: Painting) -> list[Any]:
        source = OWN_FILE if self.material.features == OWN else Path(self.material.features)
        features = _hash_of_file(source) if source.is_file() else self.material.features
        settings = self.settings
        return [painting.key, features, RECIPE, settings.gatys_steps, settings.gatys_rate]

    def _optimised(self, photo: Photo, painting: Painting, say: Say) -> Pixels:
        steps, rate = self.settings.gatys_steps, self.settings.gatys_rate
        done = 0

        def advance() -> None:
            nonlocal done
            done += 1
            say(f"{GATYS}, {painting.name}, {photo.name}", done, steps)

        def compute() -> Pixels:
            features = load_features(self.material.features)
            return optimise(photo.pixels, painting.pixels(), features, steps, rate, advance)

        return self.store.picture("gatys", [photo.key, *self._gatys_key(painting)], compute)

    def _losses(
        self, key: str, pixels: list[Pixels], painting: Painting | None, used: str
    ) -> dict[str, Any]:
        """Mean losses by judge; ``None`` for one that training used."""
        found: dict[str, Any] = {}
        for judge in self.material.judges:
            if not held_out(judge.name, used):
                found[judge.name] = None
                continue

            def compute(judge: Judge = judge) -> dict[str, float | None]:
                goal = judge.goal(painting.pixels()) if painting else None
                pairs = zip(pixels, self.material.photos, strict=True)
                each = [judge.losses(made, photo.pixels, goal) for made, photo in pairs]
                styles = [loss.style for loss in each if loss.style is not None]
                content = float(np.mean([loss.content for loss in each]))
                return {"content": content, "style": float(np.mean(styles)) if styles else None}

            depends = [key, judge.key, self.photo_keys, painting.key if painting else None]
            found[judge.name] = self.store.value("losses", depends, compute)
        return found

    def _speed(self, painter: Painter) -> dict[str, Any]:
        """Milliseconds and frames per second by size; ``None`` for a size it does not paint."""
        settings = self.settings
        found: dict[str, Any] = {}
        machine = [processor(), settings.threads, settings.runs, _hash_of_file(library_path())]
        for width, height in settings.speed_sizes:
            name = f"{width}x{height}"
            if painter.fixed not in (None, (height, width)):
                found[name] = None
                continue

            def compute(size: tuple[int, int] = (width, height)) -> float:
                return milliseconds(painter.paint, size, settings.runs)

            ms = self._timed([painter.file_key, *machine, name], compute)
            found[name] = {"ms": ms, "fps": 1000 / ms}
        return found

    def _timed(self, depends: list[Any], compute: Callable[[], float]) -> Any:
        """A time from before, but one from this run where all are wanted anew."""
        again = self.retime and json.dumps(depends) not in self.timed
        self.timed.add(json.dumps(depends))
        return self.store.value("speed", depends, compute, again=again)

    def _unrest(self, painter: Painter) -> dict[str, Any]:
        """The stability figures; those that there is no material for are ``None``."""
        photos, settings, paint = self.material.photos, self.settings, painter.paint
        found: dict[str, Any] = {}
        found["warp"] = self._warp(painter, self.material.scenes)
        found["warp_found"] = self._warp(painter, self.material.clips)
        grain = settings.noise, settings.copies
        found["flicker"] = self.store.value(
            "flicker",
            [painter.key, self.photo_keys, *grain],
            lambda: stability.flicker(paint, photos, *grain).to_dict(),
        )
        found["shift"] = self.store.value(
            "shift",
            [painter.key, self.photo_keys],
            lambda: stability.shift_error(paint, photos).to_dict(),
        )
        return found

    def _warp(self, painter: Painter, clips: Sequence[Clip]) -> Any:
        if not clips:
            return None
        depends = [painter.key, [clip.key for clip in clips]]
        return self.store.value(
            "warp", depends, lambda: stability.warp_error(painter.paint, clips).to_dict()
        )

    def _pictures(self, model: str, style: str, pixels: list[Pixels]) -> dict[str, str]:
        pairs = zip(self.material.photos, pixels, strict=True)
        return {photo.name: self._picture(model, style, photo.name, made) for photo, made in pairs}

    def _picture(self, model: str, style: str, photo: str, pixels: Pixels) -> str:
        """Write a picture of the board; gives its path from the board."""
        words = "-".join(filter(None, (model, style, photo))).lower()
        name = "".join(c if c.isalnum() else "-" for c in words)
        path = self.out / "pictures" / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_picture(path, pixels)
        return f"pictures/{path.name}"


def figures(judges: Sequence[Judge], settings: Settings) -> dict[str, Figure]:
    """The figures of rows by name, of all of which less is better; None where a row has none."""
    paths: dict[str, tuple[str, ...]] = {}
    for judge in judges:
        for kind in ("style", "content"):
            paths[f"{kind}, {judge.name}"] = ("losses", judge.name, kind)
    for name in ("warp", "warp_found", "flicker", "shift"):
        paths[name.replace("_found", ", real clips")] = (name, "ratio")
    paths["kMAC per pixel"] = ("kmac_per_pixel",)
    for width, height in settings.speed_sizes:
        paths[f"ms, {width} × {height}"] = ("speed", f"{width}x{height}", "ms")
    return {name: partial(dig, path=path) for name, path in paths.items()}


def _about(painting: Painting | None) -> Row:
    if painting is None:
        return {"painting": None, "painting_size": None}
    return {"painting": painting.name, "painting_size": painting.size}


def _relate(rows: list[Row]) -> None:
    """Put the losses of every row in relation to those of Gatys for the same painting."""
    goals = {
        (row["painting"], row["painting_size"]): row["losses"]
        for row in rows
        if row["model"] == GATYS
    }
    for row in rows:
        goal = goals.get((row["painting"], row["painting_size"]), {})
        for judge, found in row["losses"].items():
            best = goal.get(judge)
            for kind in ("content", "style"):
                if found and found[kind] is not None:
                    found[f"{kind}_ratio"] = found[kind] / best[kind] if best else None


def _hash_of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
