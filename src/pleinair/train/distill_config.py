"""What a distillation is made of, in one dataclass."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pleinair.train.features import layer_names
from pleinair.train.settings import to_json

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class DistillConfig:
    """A distillation. Raises ``ValueError`` naming the setting that cannot be.

    Attributes:
        teacher: features to learn from, see ``load_features``.
        photos: folders of photographs to look at; pictures drawn by the package come to them.
        paintings: folders of paintings, each shown as often as ten photographs.
        painter: a trained model; half of the pictures are painted by it, in mixtures of its styles.
        held_out: folders of photographs to judge by at the end; by default other drawings.
        drawn: how many pictures to draw.
        widths: the network: filters of each convolution, by its name in VGG-19.
        steps: optimiser steps.
        batch: pictures per step, always two crops of the same one.
        size: side of the crops in pixels.
        learning_rate: Adam's peak rate; cosine decay to a hundredth after a short warm-up.
        relation_weight: weight of the distances between pictures.
        licence: of the distilled features, for the file.
    """

    teacher: str = "vgg19"
    photos: tuple[Path, ...] = ()
    paintings: tuple[Path, ...] = ()
    painter: Path | None = None
    held_out: tuple[Path, ...] = ()
    drawn: int = 150
    widths: tuple[tuple[str, int], ...] = (
        ("1_1", 16),
        ("1_2", 16),
        ("2_1", 32),
        ("2_2", 32),
        ("3_1", 64),
        ("3_2", 64),
        ("3_3", 64),
        ("3_4", 64),
        ("4_1", 128),
    )
    steps: int = 6500
    batch: int = 8
    size: int = 128
    learning_rate: float = 4e-3
    relation_weight: float = 0.3
    precision: Precision = "float32"
    device: str = "auto"
    threads: int | None = None
    seed: int = 1
    checkpoint_every: int = 200
    licence: str = ""

    def __post_init__(self) -> None:
        for name in ("steps", "drawn", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.batch < 4 or self.batch % 2:
            raise ValueError(f"batch must be even and at least 4, not {self.batch}")
        if self.size < 32 or self.size % 16:
            raise ValueError(f"size must be a multiple of 16 and at least 32, not {self.size}")
        if self.learning_rate <= 0:
            raise ValueError(f"learning_rate must be positive, not {self.learning_rate}")
        if self.relation_weight < 0:
            raise ValueError("relation_weight must not be negative")
        if self.precision not in get_args(Precision):
            raise ValueError(f"precision must be float32 or bfloat16, not {self.precision!r}")
        names = [name for name, _ in self.widths]
        if names != [name for name in layer_names() if name in names] or "1_1" not in names:
            raise ValueError("widths must name convolutions of VGG-19 in order, from 1_1 on")
        if any(width < 1 for _, width in self.widths):
            raise ValueError("widths must be at least 1")

    @property
    def taps(self) -> tuple[str, ...]:
        """The activations that are compared: those after each pool, as losses use them."""
        return tuple(f"relu{name}" for name, _ in self.widths if name.endswith("_1"))

    def record(self) -> dict[str, Any]:
        """The settings as JSON values for a file: files by name, without their folders."""
        values = self.to_dict()
        for name in ("photos", "paintings", "held_out"):
            values[name] = [Path(path).name for path in values[name]]
        for name in ("teacher", "painter"):
            values[name] = values[name] and Path(values[name]).name
        return values

    def to_dict(self) -> dict[str, Any]:
        """All settings as JSON values."""
        values: dict[str, Any] = to_json(self)
        return values
