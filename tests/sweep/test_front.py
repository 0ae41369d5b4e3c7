"""What is picked, and what it is compared with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest

from pleinair.nets import SKETCH
from pleinair.sweep import front, record
from pleinair.sweep.config import SweepConfig
from pleinair.sweep.front import MEASURED, compare, pick
from pleinair.sweep.latency import Latency, untrained

Make = Callable[..., SweepConfig]


def trial(number: int, values: tuple[float, float, float], preset: str | None = None) -> Any:
    figures = {"quality": {"score": values[0]}, "unrest": {"mean": values[1]}, "cost": {}}
    return {"number": number, "state": "complete", "values": values, "preset": preset, **figures}


def write(out: Path, *trials: Any) -> None:
    for found in trials:
        with record.recording(out, found["number"]) as folder:
            record.write_json(folder / record.TRIAL, found)
            (folder / record.MODEL).write_bytes(untrained(SKETCH))


def test_the_best_that_meets_the_target_afresh_is_picked(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path, *(trial(i, (i / 10, 1.0, ms)) for i, ms in enumerate((300.0, 90.0, 80.0, 70.0)))
    )
    measured = []

    def fake(model: Path, *_: Any) -> Latency:
        measured.append(int(model.parent.name))
        return Latency(101.0 if measured == [1] else 99.0, 1.0, "here", 1, (96, 80), False)

    monkeypatch.setattr(front, "latency", fake)
    winner = pick(make_config(target_fps=10), tmp_path, [0, 1, 2, 3])
    assert measured == [1, 2]  # the best of all was far too slow, the next one is so now
    assert winner is not None
    assert winner.number == 2
    facts = {p.key: p.value for p in onnx.load(tmp_path / "winner.onnx").metadata_props}
    assert json.loads(facts[MEASURED])["latency"]["ms"] == 99.0
    assert json.loads(facts[MEASURED])["quality"] == {"score": 0.2}


def test_nothing_is_picked_where_all_are_too_slow(make_config: Make, tmp_path: Path) -> None:
    (tmp_path / "winner.onnx").write_bytes(b"of before")
    write(tmp_path, trial(0, (0.1, 1.0, 1.0)))
    assert pick(make_config(target_fps=1e6), tmp_path, [0]) is None
    assert not (tmp_path / "winner.onnx").exists()


def test_presets_are_compared_at_equal_latency() -> None:
    records = [
        trial(0, (0.8, 1.0, 20.0), "sketch"),
        trial(1, (0.6, 1.0, 30.0), "easel"),
        trial(2, (0.7, 1.5, 25.0)),
        trial(3, (0.5, 2.0, 40.0)),
        {"number": 4, "state": "stopped", "values": None, "preset": None},
    ]
    sketch, easel = compare(records)
    assert (sketch.rival, sketch.beaten) == (None, None)
    assert (easel.rival, easel.rival_score, easel.beaten) == (2, 0.7, False)
    (again,) = compare([records[0], trial(5, (0.7, 1.0, 20.0))])
    assert (again.rival, again.beaten) == (5, True)
