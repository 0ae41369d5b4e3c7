"""The table of our own steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.cases import Case
from bench.models import build
from bench.profile import table_of_steps


def test_steps_are_told_and_sum_up(tmp_path: Path) -> None:
    model = tmp_path / "small.onnx"
    build("small", 64, 64).save(model)
    x = np.zeros((1, 3, 64, 64), np.float32)
    rows = table_of_steps(Case("small", (64, 64), model, x, 0.0), 100.0, None).splitlines()[2:]
    assert sum(row.startswith("| conv") for row in rows) == 11
    times = [float(row.split("|")[2].strip(" *")) for row in rows]
    assert abs(sum(times[:-1]) - times[-1]) < 0.01 * len(times) + 0.1
