"""Make the pictures of the documents: `make pictures`, whenever the styles or the scene change."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import pleinair
from docs.plan import draw
from pleinair.engine import Session
from pleinair.styles import model_files
from pleinair.video import scene, write_picture

FOLDER = Path(__file__).parent / "images"
WIDTH, HEIGHT = 960, 540
MIDDLE = 60  # of the scene's 150 frames


def main() -> None:
    """Show the scene as it is drawn, and painted in the shipped styles."""
    frame = next(islice(scene.frames(150, WIDTH, HEIGHT), MIDDLE, None))
    large = pleinair.load("starry-night")(frame)
    small = [_half(frame), _half(pleinair.load("great-wave")(frame))]
    write_picture(FOLDER / "demo.jpg", np.vstack([large, np.hstack(small)]))
    (FOLDER / "plan.svg").write_text(plan_of("easel"))


def plan_of(name: str) -> str:
    """The plan of a shipped network for 640 × 480, drawn."""
    (file,) = model_files(name)
    session = Session(file)
    fixed = {
        info.name: [side for side in info.shape or () if isinstance(side, int)]
        for info in session.inputs
    }
    plan = session.plan({**fixed, "image": (1, 480, 640, 3)})
    return draw(plan, f"{name} at 640 × 480: {len(plan.steps)} steps")


def _half(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = (WIDTH // 2, HEIGHT // 2)
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))


if __name__ == "__main__":
    main()
