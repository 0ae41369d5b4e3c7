"""What a sweep is made of, in one dataclass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

from pleinair.sweep.devices import find_phone
from pleinair.sweep.space import Params, batch_of, levers_of
from pleinair.train.config import Painting, TrainConfig
from pleinair.train.settings import from_json, to_json

HERE = "here"
_LARGEST = 32  # a multiple of the resolution steps of every network that is searched


@dataclass(frozen=True)
class SweepConfig:
    """A sweep. Raises ``ValueError`` naming the setting that cannot be.

    Attributes:
        paintings: what all networks learn; their sizes are searched.
        photos: folders of photographs to train on. Without ``judged`` some are kept apart.
        name: of the winner: lower-case letters, digits and hyphens.
        target_fps: frames a second that the winner must paint.
        size: width and height of these frames in pixels.
        device: ``here``, or a key of ``pleinair.sweep.devices``.
        threads: processor cores to paint with.
        trials: networks that begin training.
        steps: of the training of each.
        batch: photos per step, of the first of ``crops``.
        crops: sides in pixels of the training crops to choose from.
        features: what training sees with, as for ``TrainConfig``.
        held_out: file of the features that judge; ``None`` for those of training.
        judged: photographs to judge by, files or folders.
        judged_count: how many of them.
        judged_size: their longer side in pixels.
        clips: videos, or folders of frames, for the warp error.
        presets: networks that are trained first, in full, to be compared with.
        startup: trials of random networks before those that follow from what was found.
        stopping: whether poor trials are stopped early.
        precision, train_device, train_threads: as for ``TrainConfig``.
        seed: of the search, and of every training.
    """

    paintings: tuple[Painting, ...]
    photos: tuple[Path, ...]
    name: str
    target_fps: float = 30.0
    size: tuple[int, int] = (1280, 720)
    device: str = HERE
    threads: int = 1
    trials: int = 40
    steps: int = 300
    batch: int = 4
    crops: tuple[int, ...] = (192, 256)
    features: str = TrainConfig.features
    held_out: Path | None = None
    judged: tuple[Path, ...] = ()
    judged_count: int = 4
    judged_size: int = 256
    clips: tuple[Path, ...] = ()
    presets: tuple[str, ...] = ("sketch", "easel")
    startup: int = 10
    stopping: bool = True
    precision: Literal["float32", "bfloat16"] = "float32"
    train_device: str = "auto"
    train_threads: int | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("threads", "trials", "batch", "judged_count", "startup"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.steps < 3:
            raise ValueError(f"steps must be at least 3, not {self.steps}")
        if self.target_fps <= 0:
            raise ValueError(f"target_fps must be positive, not {self.target_fps}")
        if min(self.size) < 64:
            raise ValueError(f"size must be at least 64x64, not {'x'.join(map(str, self.size))}")
        if self.judged_size < 128:
            raise ValueError(f"judged_size must be at least 128, not {self.judged_size}")
        for crop in self.crops:
            if crop < 64 or crop % _LARGEST:
                raise ValueError(f"crops must be multiples of {_LARGEST} from 64 on, not {crop}")
        if not self.crops:
            raise ValueError("crops: give at least one")
        if self.device != HERE:
            find_phone(self.device)
        self.paintings_are_known()

    def paintings_are_known(self) -> None:
        """Raise ``ValueError`` for what no training can be made of."""
        TrainConfig(paintings=self.paintings, photos=self.photos, name=self.name)

    @property
    def rungs(self) -> tuple[int, ...]:
        """Steps at which a trial is looked at: a third and two thirds of the way."""
        return tuple(dict.fromkeys(max(1, self.steps * part // 3) for part in (1, 2)))

    @property
    def limit(self) -> float:
        """Milliseconds that a frame may take."""
        return 1000 / self.target_fps

    def training(self, params: Params) -> TrainConfig:
        """The training that a set of parameters stands for."""
        return TrainConfig(
            paintings=tuple(replace(p, size=params["painting_size"]) for p in self.paintings),
            photos=self.photos,
            name=self.name,
            features=self.features,
            steps=self.steps,
            batch=batch_of(params["crop"], self.crops, self.batch),
            size=params["crop"],
            learning_rate=params["learning_rate"],
            content_weight=params["content_weight"],
            steadiness_weight=params["steadiness_weight"],
            precision=self.precision,
            device=self.train_device,
            threads=self.train_threads,
            seed=self.seed,
            levers=levers_of(params),
        )

    def to_dict(self) -> dict[str, Any]:
        """All settings as JSON values."""
        values: dict[str, Any] = to_json(self)
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Inverse of :meth:`to_dict`; raises ``ValueError`` for an unknown setting."""
        return from_json(cls, values, "sweep setting")
