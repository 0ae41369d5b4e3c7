"""What a training run is made of, in one dataclass."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, Self

from pleinair.nets.levers import EASEL, Levers
from pleinair.train.settings import from_json, to_json

_PATHS = frozenset({"photos", "previews", "init", "teacher"})
_FACTS = ("title", "artist", "year", "licence")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Painting:
    """A painting to learn from, and what is particular to it.

    Attributes:
        file: image file of the artwork.
        name: the style's name: lower-case letters, digits and hyphens.
        size: longer side in pixels at which the painting is looked at. Smaller gives finer
            strokes.
        style, content, tone, variation, steadiness, range: factors of these losses' weights for
            this style.
        title, artist, year, licence: facts of the artwork for the model file.
    """

    file: Path
    name: str
    size: int = 640
    style: float = 1.0
    content: float = 1.0
    tone: float = 1.0
    variation: float = 1.0
    steadiness: float = 1.0
    range: float = 1.0
    title: str = ""
    artist: str = ""
    year: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        _require_name(self.name)
        if self.size < 64:
            raise ValueError(f"{self.name}: size must be at least 64, not {self.size}")
        for name in ("style", "content", "tone", "variation", "steadiness", "range"):
            if getattr(self, name) < 0:
                raise ValueError(f"{self.name}: {name} must not be negative")

    def record(self) -> dict[str, Any]:
        """The settings that are not the default ones, as JSON values; the file by its name."""
        defaults = {f.name: f.default for f in fields(self)}
        given = {key: value for key, value in asdict(self).items() if value != defaults[key]}
        return {**{k: v for k, v in given.items() if k not in _FACTS}, "file": self.file.name}

    def facts(self) -> dict[str, str]:
        """Name and facts for a model file; without a title the name makes one."""
        title = {"title": self.name.replace("-", " ").title()}
        given = {key: getattr(self, key) for key in _FACTS if getattr(self, key)}
        return {"name": self.name, **title, **given}


@dataclass(frozen=True)
class TrainConfig:
    """A training run. Raises ``ValueError`` naming the setting that cannot be.

    Attributes:
        paintings: what to learn from; the network gets a style for each, in this order.
        name: the model's name: lower-case letters, digits and hyphens.
        photos: folders of photographs, searched for images at every depth. With none, pictures
            are drawn to practise on (see ``drawings``).
        features: ``"pleinair"`` for the package's own, ``"vgg19"`` (downloaded once), or a file
            (see ``load_features``).
        steps: optimiser steps.
        batch: photos per step.
        size: side of the training crops in pixels; a multiple of the network's scale.
        optimizer: ``soap`` (Vyas et al. 2024, arXiv:2409.11321: Adam in the directions in which
            a layer's gradients differ most), or ``adam``.
        learning_rate: its peak rate; cosine decay to a hundredth after a short warm-up. The
            default is SOAP's with random weights; trained ones want less, and so does Adam.
        style_weight, content_weight, tone_weight, variation_weight, steadiness_weight,
            grid_weight, range_weight, teacher_weight: weights of the losses.
        style_layers: feature layers of the style loss.
        content_layer: feature layer of the content loss.
        noise: highest standard deviation of the noise, in 0..1, that the painting must not
            follow.
        precision: ``bfloat16`` computes convolutions at half precision (float32 weights).
        device: ``cpu``, ``cuda``, ``mps``, or ``auto`` for the best there is.
        devices: how many of them share every batch, a process each.
        threads: CPU threads; ``None`` leaves PyTorch's choice.
        seed: of the weights, the crops and the noise.
        checkpoint_every, preview_every: steps between checkpoints and preview pictures.
        previews: photos of the preview pictures; by default the first four found, or drawn ones.
        init: checkpoint or model file to start from instead of random weights.
        teacher: trained network to copy (Hinton et al. 2015, arXiv:1503.02531), as ``init``.
            With no weight on style and content, steps are several times faster: no features.
        architecture: ``levers``, or ``caffe2go`` for Facebook's network.
        levers: the network; how many styles it has is set by the paintings.
    """

    paintings: tuple[Painting, ...]
    name: str
    photos: tuple[Path, ...] = ()
    features: str = "pleinair"
    steps: int = 1500
    batch: int = 4
    size: int = 256
    optimizer: Literal["soap", "adam"] = "soap"
    learning_rate: float = 1e-2
    style_weight: float = 10.0
    content_weight: float = 2.0
    tone_weight: float = 1.0
    variation_weight: float = 2.0
    steadiness_weight: float = 50.0
    grid_weight: float = 2000.0
    range_weight: float = 10.0
    teacher_weight: float = 100.0
    style_layers: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    content_layer: str = "relu4_1"
    noise: float = 0.04
    precision: Literal["float32", "bfloat16"] = "float32"
    device: str = "auto"
    devices: int = 1
    threads: int | None = None
    seed: int = 1
    checkpoint_every: int = 100
    preview_every: int = 100
    previews: tuple[Path, ...] = ()
    init: Path | None = None
    teacher: Path | None = None
    architecture: Literal["levers", "caffe2go"] = "levers"
    levers: Levers = EASEL

    def __post_init__(self) -> None:
        _require_name(self.name)
        if not self.paintings:
            raise ValueError("paintings: give at least one")
        names = [painting.name for painting in self.paintings]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"paintings: two are named {name!r}")
        if self.architecture not in ("levers", "caffe2go"):
            raise ValueError(f"architecture must be levers or caffe2go, not {self.architecture!r}")
        if self.architecture == "caffe2go" and len(names) > 1:
            raise ValueError("paintings: the architecture caffe2go has one style only")
        object.__setattr__(self, "levers", replace(self.levers, styles=len(names)))
        if self.optimizer not in ("soap", "adam"):
            raise ValueError(f"optimizer must be soap or adam, not {self.optimizer!r}")
        if not self.style_layers:
            raise ValueError("style_layers: give at least one layer")
        for name in ("steps", "batch", "checkpoint_every", "preview_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.devices < 1 or self.batch % self.devices:
            raise ValueError(f"devices must divide the batch of {self.batch}, not {self.devices}")
        if self.size < 64 or self.size % self.levers.multiple:
            wanted = f"at least 64 and a multiple of {self.levers.multiple}"
            raise ValueError(f"size must be {wanted}, not {self.size}")
        if self.learning_rate <= 0:
            raise ValueError(f"learning_rate must be positive, not {self.learning_rate}")
        for name in (
            "style",
            "content",
            "tone",
            "variation",
            "steadiness",
            "grid",
            "range",
            "teacher",
        ):
            if getattr(self, f"{name}_weight") < 0:
                raise ValueError(f"{name}_weight must not be negative")
        if self.precision not in ("float32", "bfloat16"):
            raise ValueError(f"precision must be float32 or bfloat16, not {self.precision!r}")

    def record(self) -> dict[str, Any]:
        """The settings as JSON values for a model file: files by name, without their folders."""
        values = self.to_dict()
        values["paintings"] = [painting.record() for painting in self.paintings]
        for name in _PATHS & values.keys():
            value = values[name]
            if isinstance(value, list):
                values[name] = [Path(p).name for p in value]
            elif value is not None:
                values[name] = Path(value).name
        if self.features not in ("pleinair", "vgg19"):
            values["features"] = Path(self.features).name
        return values

    def to_dict(self) -> dict[str, Any]:
        """All settings as JSON values."""
        values: dict[str, Any] = to_json(self)
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Inverse of :meth:`to_dict`; raises ``ValueError`` for an unknown setting."""
        return from_json(cls, values, "training setting")


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"name {name!r}: use lower-case letters, digits and hyphens")
