"""Cuts from one scene to another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pleinair.engine import Picture

_STEP = 8  # pixels from one that is looked at to the next
_CHANGE = 24  # steps of 255 that a pixel changes by on average: motion and light change less


class Cuts:
    """Tells where a new scene begins, by how much the brightness of pixels changes at once."""

    def __init__(self) -> None:
        self._last: NDArray[np.int16] | None = None

    def before(self, image: NDArray[np.uint8] | Picture) -> bool:
        """Say whether there is a cut between the frame that was given before and this one."""
        plane = Picture.of(image).planes[0][::_STEP, ::_STEP]
        # Luma, or of red, green and blue the green, which is most of it.
        small = (plane if plane.ndim == 2 else plane[..., 1]).astype(np.int16)
        last, self._last = self._last, small
        return last is not None and bool(np.abs(small - last).mean() > _CHANGE)
