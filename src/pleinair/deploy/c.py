"""A C project: the engine as libraries with a CMake package, and an example that paints a PPM."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from pleinair.deploy.bundle import new_folder
from pleinair.deploy.project import Offer, copy_engine, copy_licence, copy_toolchain, fill
from pleinair.video.scene import frames


def lay_out_c(folder: Path, chosen: Offer) -> None:
    """Write the project into `folder`, new or empty.

    Raises:
        DeployError: `folder` is not empty, or the engine's sources are not there.
    """
    styles = ",\n".join(f'    {{"{chosen.works[row].name}", {row}}}' for row in chosen.rows)
    first = chosen.works[chosen.rows[0]].name
    with new_folder(folder) as making:
        fill("c", making, chosen, STYLES=styles, FIRST=first)
        copy_engine(making / "engine")
        copy_toolchain(making / "cmake")
        copy_licence(making)
        shutil.copyfile(chosen.path, making / chosen.path.name)
        scene = next(frames(1, 320, 240))
        write_ppm(making / "photo.ppm", scene)


def write_ppm(path: Path, picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    """Write H×W×3 uint8 RGB as a binary PPM file."""
    height, width, _ = picture.shape
    path.write_bytes(f"P6\n{width} {height}\n255\n".encode() + picture.tobytes())
