"""Runs as they stand, from what lies in their folders."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from pleinair.studio.jobs import LOG, RECORD, Job, birth
from pleinair.studio.pages.trials import read_result, read_trials
from pleinair.studio.runs import Curve, Run, find_runs, read_run


def _write(folder: Path, steps: int = 3, of: int = 10, *, name: str = "tiny") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps({"name": name, "steps": of}))
    lines = [
        {"step": i + 1, "seconds": i / 2, "total": 9.0 - i, "style": 4.0} for i in range(steps)
    ]
    (folder / "curve.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def _job(folder: Path, code: int | None, *, alive: bool = False, command: str = "train") -> None:
    began = birth(os.getpid()) if alive else "long ago"
    job = Job((command, "--trials", "8"), os.getpid(), began or "", 0.0, None, code)
    (folder / RECORD).write_text(json.dumps(asdict(job)))


def _read(folder: Path) -> Run:
    run = read_run(folder)
    assert run is not None
    return run


def test_how_far_a_training_is(tmp_path: Path) -> None:
    folder = _write(tmp_path / "tiny")
    _job(folder, None, alive=True)
    with (folder / "curve.jsonl").open("a") as file:
        file.write('{"step": 4, "tot')
    for step in (2, 10):
        (folder / "previews").mkdir(exist_ok=True)
        (folder / "previews" / f"step-{step:06d}.png").touch()
    run = _read(folder)
    assert (run.status, run.step, run.steps, run.loss, run.seconds) == ("running", 3, 10, 7.0, 1.0)
    assert [path.name for path in run.previews] == ["step-000010.png", "step-000002.png"]
    assert not run.resumable


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        (0, "finished", ""),
        (130, "stopped", ""),
        (-2, "stopped", ""),
        (1, "failed", "photos: no images in here"),
        (None, "failed", "It ended without a word"),
    ],
)
def test_how_a_training_ended(tmp_path: Path, code: int | None, status: str, error: str) -> None:
    folder = _write(tmp_path / "tiny")
    _job(folder, code)
    (folder / LOG).write_text("step 3\npleinair: photos: no images in here\n\n")
    run = _read(folder)
    assert run.status == status
    assert run.error.startswith(error)
    assert bool(run.error) == bool(error)
    assert not run.resumable
    (folder / "checkpoint.pt").touch()
    assert _read(folder).resumable == (status in ("stopped", "failed"))


def test_a_run_that_was_started_elsewhere(tmp_path: Path) -> None:
    folder = _write(tmp_path / "tiny")
    assert (_read(folder).status, _read(folder).ours) == ("running", False)
    earlier = time.time() - 1000
    for path in folder.iterdir():
        os.utime(path, (earlier, earlier))
    assert _read(folder).status == "stopped"
    _write(folder, steps=10)
    (folder / "tiny.onnx").touch()
    assert _read(folder).status == "finished"
    assert _read(folder).model == folder / "tiny.onnx"


def test_a_sweep_is_a_run_with_trials(tmp_path: Path) -> None:
    folder = tmp_path / "search"
    trial = {
        "number": 0,
        "state": "complete",
        "why": "",
        "values": [2.5, 0.75, 21.0],
        "preset": "sketch",
        "latency": {"ms": 21.0},
        "cost": {"kmac_per_pixel": 0.9, "bytes": 46000},
        "steps": 300,
    }
    stopped = {**trial, "number": 1, "state": "stopped", "why": "slow", "values": None}
    for number, found in enumerate((trial, {**stopped, "preset": None})):
        (folder / "trials" / f"{number:03d}").mkdir(parents=True)
        (folder / "trials" / f"{number:03d}" / "trial.json").write_text(json.dumps(found))
    (folder / "trials" / "002").mkdir()
    (folder / "trials" / "002" / "trial.json").write_text("{")
    _job(folder, None, alive=True, command="sweep")
    run = _read(folder)
    assert (run.kind, run.status, run.step, run.steps) == ("sweep", "running", 3, 8)
    assert run.now == ""
    (folder / "trials" / ".005.part").mkdir()
    (folder / "trials" / ".005.part" / "curve.jsonl").write_text('{"step": 7}\n{"st')
    (folder / "rejected.jsonl").write_text("{}\n{}\n")
    settings = {"mark": "", "config": {"trials": 9, "steps": 20}}
    (folder / "sweep.json").write_text(json.dumps(settings))
    for number in (0, 1):
        (folder / "trials" / f"{number:03d}" / "sample.png").touch()
    run = _read(folder)
    assert run.steps == 9
    assert run.now == "the next at step 7 of 20 · 2 networks were too slow"
    assert [path.parent.name for path in run.previews] == ["000", "001"]  # judged ones first
    first, second = read_trials(folder)
    assert (first.name, first.ms, first.score, first.kb) == ("0 (sketch)", 21.0, 2.5, 46.0)
    assert (second.name, second.score, second.why) == ("1", None, "slow")
    assert next(read_trials(folder, winner=0)).name == "0 (sketch, picked)"
    assert read_result(folder) == {}
    result: dict[str, Any] = {"winner": None, "comparisons": []}
    (folder / "result.json").write_text(json.dumps(result))
    assert read_result(folder) == result
    (folder / "result.json").write_text(json.dumps({**result, "winner": {"number": 0}}))
    assert read_result(folder) == {}


def test_only_runs_are_found_those_at_work_first(tmp_path: Path) -> None:
    assert find_runs(tmp_path / "nowhere") == []
    for name in ("old", "new", ".studio", "busy"):
        _job(_write(tmp_path / name), None if name == "busy" else 0, alive=name == "busy")
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "board.json").touch()
    (tmp_path / "file").touch()
    for path in (tmp_path / "old").iterdir():
        os.utime(path, (1000, 1000))
    assert [run.name for run in find_runs(tmp_path)] == ["busy", "new", "old"]


def test_a_curve_is_read_on_and_anew_when_it_was_cut(tmp_path: Path) -> None:
    curve = Curve(_write(tmp_path, steps=3) / "curve.jsonl")
    assert curve.update()
    assert not curve.update()
    assert curve.losses() == ["total", "style"]
    assert curve.smooth("style") == [(1, 4.0), (2, 4.0), (3, 4.0)]
    with curve.path.open("a") as file:
        file.write('{"step": 4, "seconds": 2, "total": 5.0, "style": 4.0}\n{"step": 5')
    assert curve.update()
    assert [point["step"] for point in curve.points] == [1, 2, 3, 4]
    _write(tmp_path, steps=2)
    assert curve.update()
    assert [point["step"] for point in curve.points] == [1, 2]
    _write(tmp_path, steps=2000)
    curve.update()
    assert 300 <= len(curve.smooth("total")) <= 600
    assert curve.smooth("total")[-1][0] == 2000
