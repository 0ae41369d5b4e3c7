"""Motion between two frames: read, found, and undone."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]
_MAGIC = 202021.25  # first number of a .flo file


def read_flo(path: Path) -> Field:
    """A Middlebury ``.flo`` file as H×W×2 float32: columns and rows that pixels move.

    Raises ``ValueError`` for another file or a truncated one.
    """
    content = path.read_bytes()
    if len(content) < 12 or len(content) % 4 or np.frombuffer(content[:4], "<f4")[0] != _MAGIC:
        raise ValueError(f"{path}: not a .flo file, or a truncated one")
    width, height = np.frombuffer(content[4:12], "<i4").tolist()
    values = np.frombuffer(content[12:], "<f4")
    if min(width, height) < 1 or values.size != width * height * 2:
        raise ValueError(f"{path}: truncated or damaged .flo file")
    return values.reshape(height, width, 2).astype(np.float32)


def dis_flow(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> tuple[Field, Mask]:
    """Motion from one frame to the next, both H×W×3 uint8, and where it can be trusted.

    Dense inverse search (Kroeger et al. 2016, arXiv:1603.03590) both ways. A pixel counts where
    the way there and back ends where it began, and away from the edges of moving things, by the
    rules of Sundaram et al. 2010 as used by Ruder et al. 2016, arXiv:1604.08610.
    """
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (before, after)]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    there = np.asarray(search.calc(grey[0], grey[1], None), np.float32)  # type: ignore[call-overload]
    back = np.asarray(search.calc(grey[1], grey[0], None), np.float32)  # type: ignore[call-overload]
    returned = warp(back, there)
    apart = np.square(there + returned).sum(-1)
    length = np.square(there).sum(-1) + np.square(returned).sum(-1)
    rows, columns = np.gradient(there, axis=(0, 1))
    edge = np.square(rows).sum(-1) + np.square(columns).sum(-1)
    trusted = (apart <= 0.01 * length + 0.5) & (edge <= 0.01 * np.square(there).sum(-1) + 0.002)
    return there, trusted & inside(there)


def inside(flow: Field) -> Mask:
    """Where motion H×W×2 ends within the picture: H×W."""
    height, width = flow.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    x, y = columns + flow[..., 0], rows + flow[..., 1]
    return np.asarray((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1))


def warp(after: Field | NDArray[np.uint8], flow: Field) -> Field:
    """What of ``after`` (H×W×C) lies where ``flow`` (H×W×2) leads from each pixel, bilinearly."""
    height, width = flow.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    x = 2 * (columns + flow[..., 0]) / max(width - 1, 1) - 1
    y = 2 * (rows + flow[..., 1]) / max(height - 1, 1) - 1
    places = torch.from_numpy(np.stack([x, y], -1))[None]
    picture = torch.from_numpy(np.asarray(after, np.float32)).permute(2, 0, 1)[None]
    found = F.grid_sample(picture, places, padding_mode="border", align_corners=True)
    return np.asarray(found[0].permute(1, 2, 0).numpy(), np.float32)
