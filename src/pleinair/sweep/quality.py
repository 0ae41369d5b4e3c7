"""How well a network paints, by features that training did not use, and how calmly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch

from pleinair.engine import Session
from pleinair.evaluate import stability
from pleinair.evaluate.fidelity import Judge, held_out, load_judge
from pleinair.evaluate.inputs import Clip, Photo, read_clip, read_photos
from pleinair.evaluate.models import Paint
from pleinair.evaluate.settings import Settings
from pleinair.train import losses
from pleinair.train.config import TrainConfig
from pleinair.train.data import read_image, to_tensor

PAINTING_SIZE = 640
"""Longer side in pixels at which paintings are looked at, the same for all trials."""

CONTENT = TrainConfig.content_weight / TrainConfig.style_weight
"""What content counts beside style, as in training by default."""


@dataclass(frozen=True)
class Material:
    """What judges networks, as paths, so that every worker can read it for itself.

    Attributes:
        photos: files of photographs that no network was trained on.
        size: their longer side in pixels.
        paintings: files of the paintings, in the order of the styles.
        clips: videos or folders of frames.
        features: file of the judging features.
        trained_with: features of the training.
        noise, copies: of the flicker figure, as for the board.
    """

    photos: tuple[Path, ...]
    size: int
    paintings: tuple[Path, ...]
    clips: tuple[Path, ...]
    features: str
    trained_with: str
    noise: float = Settings.noise
    copies: int = 4


@dataclass(frozen=True)
class Quality:
    """Mean style and content loss, and the score made of them; of all, less is better.

    ``style`` is the mean of ``log(1 + d)`` over layers, ``d`` the distance to the painting's
    moments; ``content`` as in training.
    """

    style: float
    content: float

    @property
    def score(self) -> float:
        """Style, and content by its weight."""
        return self.style + CONTENT * self.content

    def to_dict(self) -> dict[str, float]:
        """As JSON values."""
        return {"style": self.style, "content": self.content, "score": self.score}


class Jury:
    """Judges paintings of its material; made once for a material, see :func:`jury`."""

    def __init__(self, material: Material) -> None:
        settings = Settings(photos=max(1, len(material.photos)), photo_size=material.size)
        self.material = material
        self.judge: Judge = load_judge(material.features)
        self.held_out = held_out(self.judge.name, material.trained_with)
        self.photos: Sequence[Photo] = read_photos(material.photos, settings)
        self.clips: list[Clip] = [read_clip(path, settings) for path in material.clips]
        self._goals = [
            self.judge.goal(np.asarray(read_image(path, longer=PAINTING_SIZE)))
            for path in material.paintings
        ]
        with torch.no_grad():
            layer = self.judge.content_layer
            self._kept = [
                self.judge.features(to_tensor([photo.pixels]), (layer,))[layer]
                for photo in self.photos
            ]

    def quality(self, paints: Sequence[Paint]) -> Quality:
        """Of one painter for each painting."""
        judge = self.judge
        wanted = tuple(dict.fromkeys((*judge.style_layers, judge.content_layer)))
        style, content = [], []
        for paint, goal in zip(paints, self._goals, strict=True):
            for photo, kept in zip(self.photos, self._kept, strict=True):
                with torch.no_grad():
                    seen = judge.features(to_tensor([paint(photo.pixels)]), wanted)
                    found = {name: seen[name] for name in judge.style_layers}
                    style.append(float(losses.style_distances(found, goal).log1p().mean()))
                    content.append(float(losses.content_loss(seen[judge.content_layer], kept)))
        return Quality(fmean(style), fmean(content))

    def unrest(self, paints: Sequence[Paint]) -> dict[str, float]:
        """Shift, flicker and, where there are clips, warp, relative to what is painted.

        Each is a mean over styles; ``mean`` is that of all of them.
        """
        material = self.material
        figures: dict[str, list[float]] = {}
        for paint in paints:
            found = {
                "shift": stability.shift_error(paint, self.photos),
                "flicker": stability.flicker(paint, self.photos, material.noise, material.copies),
            }
            if self.clips:
                found["warp"] = stability.warp_error(paint, self.clips)
            for name, unrest in found.items():
                ratio = unrest.painted / unrest.plain if unrest.plain else 0.0
                figures.setdefault(name, []).append(ratio)
        means = {name: fmean(values) for name, values in figures.items()}
        return {**means, "mean": fmean(means.values())}


@lru_cache(maxsize=2)
def jury(material: Material) -> Jury:
    """The jury of a material, made once in a process."""
    return Jury(material)


def painters(model: bytes, styles: int) -> list[Paint]:
    """A painter for each style of a model file, on one thread of this machine."""
    session = Session(model, threads=1)

    def painter(style: int) -> Paint:
        fixed: dict[str, Any] = {
            "style": np.eye(styles, dtype=np.float32)[style],
            "strength": np.ones(1, np.float32),
            "colours": np.zeros(1, np.float32),
        }
        taken = {value.name: fixed[value.name] for value in session.inputs[1:]}

        def paint(frame: Any) -> Any:
            image = np.ascontiguousarray(frame)[np.newaxis]
            return session.run({**taken, "image": image})["painted"][0]

        return paint

    return [painter(style) for style in range(styles)]
