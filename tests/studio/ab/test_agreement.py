"""Krippendorff's alpha, against published figures."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from pleinair.studio.ab.agreement import alpha

# The four observers and twelve units of Krippendorff (2011), section C; 0: not judged.
CODERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3),
    (0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0),
)
UNITS = [Counter(v for v in unit if v) for unit in zip(*CODERS, strict=True)]


@pytest.mark.parametrize(("scale", "expected"), [("nominal", 0.743), ("ordinal", 0.815)])
def test_published_example(scale: str, expected: float) -> None:
    found = alpha(UNITS, (1, 2, 3, 4, 5), scale)  # type: ignore[arg-type]
    assert found == pytest.approx(expected, abs=0.0005)


def test_full_agreement_and_chance() -> None:
    same = [{-1: 5}, {1: 4}, {0: 2}]
    assert alpha(same, (-1, 0, 1), "ordinal") == pytest.approx(1)
    random = np.random.default_rng(0)
    blind = [Counter(random.integers(-1, 2, 20).tolist()) for _ in range(400)]
    assert alpha(blind, (-1, 0, 1), "ordinal") == pytest.approx(0, abs=0.02)


def test_nothing_to_compare() -> None:
    assert alpha([], (-1, 0, 1), "ordinal") is None
    assert alpha([{1: 1}, {0: 1}], (-1, 0, 1), "ordinal") is None
    assert alpha([{1: 9}], (-1, 0, 1), "ordinal") is None
