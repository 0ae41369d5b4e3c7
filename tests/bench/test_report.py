"""Ratios, marks and sections of tables."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from bench import peers, report
from bench.runner import Contender, Result

OURS, JUDGE = Contender(peers.OURS), Contender(peers.JUDGE)


def test_a_peer_that_computes_something_else_is_told_and_does_not_count() -> None:
    cell = report.Cell("net", "1×1", 1, 1.0, {OURS: Result(10.0), JUDGE: Result(30.0)})
    cell.results[Contender("ncnn")] = Result(5.0, difference=0.5, agrees=False)
    assert report.ratio(cell, OURS) == 3.0
    assert "ncnn on net 1×1, 1 thread, is off by 5.0e-01 and does not count" in report.remarks(
        [cell]
    )
    assert "5 ✗" in report.speed_table([cell], None)


def test_a_peer_that_is_inexact_is_told_and_counts() -> None:
    cell = report.Cell("net", "1×1", 1, 1.0, {OURS: Result(10.0), JUDGE: Result(30.0)})
    cell.results[Contender("mnn")] = Result(20.0, difference=2e-3, agrees=False)
    assert report.ratio(cell, OURS) == 2.0
    assert "MNN on net 1×1, 1 thread, is off by 2.0e-03" in report.remarks([cell])


def test_ours_has_no_ratio_when_it_is_wrong() -> None:
    wrong = Result(1.0, difference=0.5, agrees=False)
    cell = report.Cell("net", "1×1", 1, 1.0, {OURS: wrong, JUDGE: Result(30.0)})
    assert report.ratio(cell, OURS) is None


def test_scaling_is_told() -> None:
    slow, fast = (
        report.Cell("net", "1×1", n, 1.0, {OURS: Result(ms)}) for n, ms in ((1, 9), (2, 6))
    )
    assert report.scaling([slow, fast], OURS).endswith("net 1×1 1.50")
    assert report.scaling([slow], OURS) == ""


def test_geometric_mean() -> None:
    assert report.geometric_mean([1, 4]) == pytest.approx(2)
    assert math.isnan(report.geometric_mean([]))


def test_sections_leave_what_people_wrote(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text("# Title\n\nBefore.\n")
    report.put_section(path, "a", "first")
    report.put_section(path, "b", "second")
    path.write_text(path.read_text() + "\nAfter.\n")
    report.put_section(path, "a", "new")
    text = path.read_text()
    assert "first" not in text
    order = [text.index(word) for word in ("Before.", "new", "second", "After.")]
    assert order == sorted(order)
