"""How far raters agree: Krippendorff's alpha."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np


def alpha(
    units: Iterable[Mapping[int, int]], values: Sequence[int], scale: Literal["nominal", "ordinal"]
) -> float | None:
    """Krippendorff's alpha: 1 for full agreement, 0 for what chance gives, less for quarrel.

    After Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011). It doesn't mind that
    raters see different pairs, or different numbers of them.

    Args:
        units: of each thing that was judged, how many raters gave it each value.
        values: all values there are, in their order.
        scale: how far values are apart: all equally, or by the judgements between them.

    Returns:
        None where nothing was judged twice, or all judgements are the same.
    """
    counted = np.array([[unit.get(v, 0) for v in values] for unit in units], float)
    counted = counted.reshape(-1, len(values))
    counted = counted[counted.sum(1) > 1]
    seen = counted.sum(0)
    total = seen.sum()
    if total == 0 or np.count_nonzero(seen) < 2:
        return None
    each = counted.sum(1) - 1
    together = np.einsum("uc,uk,u->ck", counted, counted, 1 / each)
    together -= np.diag((counted / each[:, None]).sum(0))
    by_chance = (np.outer(seen, seen) - np.diag(seen)) / (total - 1)
    apart = _distances(seen, scale)
    return float(1 - (together * apart).sum() / (by_chance * apart).sum())


def _distances(
    seen: np.ndarray[tuple[int, ...], np.dtype[np.float64]], scale: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Squared distances of values."""
    count = len(seen)
    if scale == "nominal":
        return np.asarray(1 - np.eye(count))
    place = np.cumsum(seen) - seen / 2
    return np.asarray((place[:, None] - place[None, :]) ** 2)
