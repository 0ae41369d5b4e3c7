"""Whole sweeps, and what ends them before their time."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest

import pleinair
from pleinair.sweep import record
from pleinair.sweep.config import SweepConfig
from pleinair.sweep.run import Sweep, _locked
from pleinair.sweep.trial import run_trial

Make = Callable[..., SweepConfig]


class Page(HTMLParser):
    """The pictures and the rows of a report."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_a_sweep_ends_with_a_network_that_paints(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEINAIR_STYLES", str(tmp_path / "styles"))
    told: list[str] = []
    config = make_config(trials=3, presets=("sketch",))
    out = tmp_path / "out"
    found = Sweep(config, out, say=told.append).run(install=True)
    assert found.trained == 3
    assert told[0].startswith("trial 0 (sketch): ")
    assert found.winner is not None
    assert found.winner.latency.ms <= config.limit
    assert found.installed == tmp_path / "styles" / "tiny.onnx"
    painter = pleinair.load("tiny")
    frame = np.zeros((70, 90, 3), np.uint8)
    assert painter(frame).shape == frame.shape

    result = json.loads((out / "result.json").read_text())
    assert result["front"] == found.front
    assert [c["preset"] for c in result["comparisons"]] == ["sketch"]
    text = (out / "report.html").read_text()
    tags = Page(text).tags
    pictures = [str(attrs["src"]) for tag, attrs in tags if tag == "img"]
    assert len(pictures) >= 2
    assert all(source.startswith("data:image/jpeg;base64,") for source in pictures)
    assert sum(tag == "tr" for tag, _ in tags) == 1 + 3
    assert sum(tag == "svg" for tag, _ in tags) == 4
    assert not [attrs for tag, attrs in tags if tag in ("link", "iframe") or "href" in attrs]
    assert f"Picked: trial {found.winner.number}" in text
    assert "those of training" not in text


def test_more_trials_go_on_where_it_was(make_config: Make, tmp_path: Path) -> None:
    Sweep(make_config(trials=1, held_out=None), tmp_path).run()
    before = (tmp_path / "trials" / "000" / "trial.json").stat().st_mtime_ns
    found = Sweep(make_config(trials=2, held_out=None), tmp_path).run()
    assert found.trained == 2
    assert (tmp_path / "trials" / "000" / "trial.json").stat().st_mtime_ns == before
    assert "those of training" in (tmp_path / "report.html").read_text()
    with pytest.raises(ValueError, match="has a sweep whose steps is 3, not 4"):
        Sweep(make_config(steps=4), tmp_path).run()


def test_a_target_that_nothing_meets_is_told(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pleinair.sweep.run._MOST_REJECTED", 3)
    with pytest.raises(ValueError, match=r"of 3 networks in a row none paints 1e\+06 frames"):
        Sweep(make_config(target_fps=1e6), tmp_path).run()
    lines = (tmp_path / record.REJECTED).read_text().splitlines()
    assert [json.loads(line)["number"] for line in lines] == [0, 1, 2]


def test_trials_that_all_fail_end_the_sweep(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise FloatingPointError("loss is nan")

    monkeypatch.setattr("pleinair.sweep.trial._run", fail)
    with pytest.raises(ValueError, match="3 trials in a row failed, the last: FloatingPointError"):
        Sweep(make_config(trials=9), tmp_path).run()
    assert [found["state"] for found in record.read_trials(tmp_path)] == ["failed"] * 3


def test_an_interrupted_trial_is_tried_again(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = []

    def interrupt(spec: Any, *_: Any) -> None:
        params.append(spec.params)
        raise KeyboardInterrupt

    config = make_config(trials=1)
    with monkeypatch.context() as patch:
        patch.setattr("pleinair.sweep.run.run_trial", interrupt)
        with pytest.raises(KeyboardInterrupt):
            Sweep(config, tmp_path).run()
    assert list((tmp_path / "trials").iterdir()) == []
    Sweep(config, tmp_path).run()
    (found,) = record.read_trials(tmp_path)
    assert found["params"] == params[0]
    assert found["retry_of"] == 0


def test_two_processes_do_not_work_in_one_folder(make_config: Make, tmp_path: Path) -> None:
    with (
        _locked(tmp_path),
        pytest.raises(ValueError, match=rf"another sweep is at work here \(process {os.getpid()}"),
    ):
        Sweep(make_config(), tmp_path).run()


def _wait(holds: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    patience = time.monotonic() + 120
    while not holds():
        assert process.poll() is None, "the sweep ended by itself"
        assert time.monotonic() < patience
        time.sleep(0.02)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_a_killed_sweep_loses_and_repeats_no_finished_trial(
    command: list[str], tmp_path: Path, how: signal.Signals
) -> None:
    out = tmp_path / "out"
    words = [sys.executable, "-m", "pleinair", *command, "--trials", "3", "--out", str(out)]
    # A background job of a shell ignores Ctrl-C, and so would what it starts.
    heeding = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    begun = subprocess.Popen(words, stderr=subprocess.PIPE, preexec_fn=heeding)
    trials = out / "trials"
    _wait(lambda: (trials / "000").exists() and any(trials.glob(".*.part/curve.jsonl")), begun)
    begun.send_signal(how)
    _, errors = begun.communicate(timeout=120)
    if how == signal.SIGINT:
        assert begun.returncode == 130
        assert errors.endswith(b"pleinair: interrupted\n")
        assert not list(trials.glob(".*"))
    ended = {path.name: (path / "trial.json").read_bytes() for path in trials.glob("[0-9]*")}
    assert 1 <= len(ended) < 3

    done = subprocess.run(words, capture_output=True, check=True, timeout=300)
    assert done.stdout.count(b"winner.onnx") == 2
    records = record.read_trials(out)
    assert len(records) == 3
    assert not list(trials.glob(".*"))
    for name, content in ended.items():
        assert (trials / name / "trial.json").read_bytes() == content
    study = optuna.load_study(study_name="tiny", storage=f"sqlite:///{out / 'study.db'}")
    told = {trial.number: trial.state.name for trial in study.get_trials()}
    assert {found["number"] for found in records} == {n for n, s in told.items() if s != "FAIL"}
    # The network that was under way is trained after all, and no other one twice.
    assert [found["retry_of"] for found in records if found["retry_of"] is not None] == [
        number for number, state in told.items() if state == "FAIL"
    ]
    assert len({json.dumps(found["params"]) for found in records}) == 3


def test_a_record_can_be_repeated(make_config: Make, tmp_path: Path) -> None:
    sweep = Sweep(make_config(trials=1), tmp_path / "out")
    specs = []

    def runner(following: Any) -> Any:
        while (spec := following()) is not None:
            specs.append(spec)
            with record.recording(tmp_path / "out", spec.number) as folder:
                result = run_trial(spec, folder)
            yield result

    sweep.run(runner)
    run_trial(specs[0], tmp_path / "again")
    first = (tmp_path / "out" / "trials" / "000" / record.SAMPLE).read_bytes()
    assert (tmp_path / "again" / record.SAMPLE).read_bytes() == first
