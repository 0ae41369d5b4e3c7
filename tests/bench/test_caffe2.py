"""Facebook's networks beside ONNX Runtime: three times as fast on a quiet machine, here half of it.

What was measured is in bench/RESULTS.md.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench import caffe2
from pleinair.convert import import_caffe2, predict_beside

Data = Callable[[str], Path]


def test_faster_than_onnx_runtime(data: Data) -> None:
    init = data("caffe2go/mosaic_init_net.pb")
    model = import_caffe2(init, predict_beside(init)).SerializeToString()
    ours, theirs = caffe2.compare(model, (640, 480), threads=1)
    assert theirs > 1.5 * ours


def test_a_row_for_each_size_and_number_of_threads(
    data: Data, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(caffe2, "_SIZES", ((64, 48),))
    monkeypatch.setattr(caffe2, "_ROUNDS", 2)
    caffe2.main(data("caffe2go/mosaic_init_net.pb").parent)
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 2 + 3 * 2
    assert rows[2].startswith("| flowers | 64 × 48 | 1 | ")
