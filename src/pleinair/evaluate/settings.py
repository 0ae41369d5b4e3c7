"""What the board measures with, in one dataclass."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """How the board looks at paintings. Raises ``ValueError`` naming the setting that cannot be.

    Attributes:
        photos: how many photos are taken from those given, evenly spaced by name.
        photo_size: longer side of a photo in pixels, when painted for its looks.
        painting_size: longer side in pixels at which a painting is looked at; by default as the
            style's training record says, or 640.
        clip_size: longer side of a clip's frames in pixels.
        frames: consecutive frames taken from the middle of a clip.
        noise: standard deviation of the sensor noise of the flicker figure, in steps of 255.
        copies: noisy copies of a photo.
        speed_sizes: width and height of the pictures that are timed.
        runs: timed runs, of which the median counts.
        threads: processor cores to paint with.
        gatys_steps: steps of the optimisation that losses are put in relation to; 0 for none.
        gatys_rate: its learning rate, in the unit of pixels 0..1.
    """

    photos: int = 4
    photo_size: int = 384
    painting_size: int | None = None
    clip_size: int = 640
    frames: int = 8
    noise: float = 4.0
    copies: int = 8
    speed_sizes: tuple[tuple[int, int], ...] = ((640, 480), (1280, 720))
    runs: int = 10
    threads: int = 1
    gatys_steps: int = 250
    gatys_rate: float = 0.02

    def __post_init__(self) -> None:
        least = {"photos": 1, "photo_size": 128, "clip_size": 128, "frames": 2, "copies": 2}
        least |= {"runs": 1, "threads": 1, "gatys_steps": 0, "painting_size": 64}
        for name, low in least.items():
            value = getattr(self, name)
            if value is not None and value < low:
                raise ValueError(f"{name} must be at least {low}, not {value}")
        for name in ("noise", "gatys_rate"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)}")

    def to_dict(self) -> dict[str, Any]:
        """All settings as JSON values."""
        values = asdict(self)
        values["speed_sizes"] = [list(size) for size in self.speed_sizes]
        return values
