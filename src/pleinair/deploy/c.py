"""A C project: the engine as libraries with a CMake package, and an example that paints a PPM."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pleinair.deploy.bundle import new_folder
from pleinair.deploy.project import Offer, copy_engine, copy_licence, copy_toolchain, fill
from pleinair.engine import Session
from pleinair.video.scene import frames


def lay_out_c(folder: Path, chosen: Offer) -> None:
    """Write the project into `folder`, new or empty.

    Raises:
        DeployError: `folder` is not empty, or the engine's sources are not there.
    """
    with new_folder(folder) as making:
        fill("c", making, chosen, FIRST=chosen.works[0].name, **_network(chosen))
        copy_engine(making / "engine")
        copy_toolchain(making / "cmake")
        copy_licence(making)
        chosen.write(making)
        scene = next(frames(1, 320, 240))
        write_ppm(making / "photo.ppm", scene)


def _network(chosen: Offer) -> dict[str, str]:
    """Words for `network.h`: the styles, the other inputs' values, and tensors of all inputs."""
    names = [value.name for value in Session(chosen.content, threads=1).inputs[1:]]
    values = {"strength": ", strength[1] = {1}", "colours": ", colours[1] = {0}"}
    lengths = {"style": "STYLES"}
    return {
        "STYLES": "\n".join(f'    "{work.name}",' for work in chosen.works),
        "COUNT": str(len(names)),
        "VALUES": "".join(values.get(name, "") for name in names),
        "INPUTS": "\n".join(
            f"    {{PL_FLOAT32, {{1, {{{lengths.get(name, 1)}}}}}, {name}}}," for name in names
        ),
    }


def write_ppm(path: Path, picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    """Write H×W×3 uint8 RGB as a binary PPM file."""
    height, width, _ = picture.shape
    path.write_bytes(f"P6\n{width} {height}\n255\n".encode() + picture.tobytes())
