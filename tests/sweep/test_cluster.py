"""Trials away from this process: several at once, on other processes and machines."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import optuna
import pytest

from pleinair.cluster import Done, LostWorkerError, Task, Tasks
from pleinair.sweep import record
from pleinair.sweep.cluster import away, run_away, slots
from pleinair.sweep.config import SweepConfig
from pleinair.sweep.run import Sweep
from pleinair.sweep.trial import LOST
from tests.cluster.nodes import ray_cluster

Make = Callable[..., SweepConfig]


def test_a_record_travels_with_its_result(make_config: Make, tmp_path: Path) -> None:
    def runner(following: Any) -> Any:
        with Tasks() as tasks:
            yield from run_away(following, tmp_path, tasks, at_once=2)

    found = Sweep(make_config(), tmp_path).run(runner)
    assert found.trained == 2
    assert found.winner is not None
    for number in (0, 1):
        names = {path.name for path in record.folder_of(tmp_path, number).iterdir()}
        assert names == {"curve.jsonl", "model.onnx", "sample.png", "trial.json"}


class Losing:
    """Tasks whose first one is lost for good."""

    def __init__(self) -> None:
        self.waiting: list[Task] = []
        self.lost = False

    def add(self, function: Any, item: Any, **_: Any) -> None:
        self.waiting.append(Task(function, item))

    def __iter__(self) -> Iterator[Done]:
        while self.waiting:
            task = self.waiting.pop(0)
            if self.lost:
                yield Done(task, task.function(task.item))
            else:
                self.lost = True
                yield Done(task, error=LostWorkerError("lost 4 times"))


def test_a_lost_trial_is_tried_again(make_config: Make, tmp_path: Path) -> None:
    told: list[str] = []
    results = []

    def runner(following: Any) -> Any:
        for result in run_away(following, tmp_path, Losing(), 1):  # type: ignore[arg-type]
            results.append(result)
            yield result

    Sweep(make_config(), tmp_path, say=told.append).run(runner)
    assert [result.state == LOST for result in results] == [True, False, False]
    assert told[0] == "trial 0 was lost (lost 4 times): its network is tried again"
    records = record.read_trials(tmp_path)
    assert [found["retry_of"] for found in records] == [0, None]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Three machines of one core each."""
    if find_spec("ray") is None:
        pytest.skip("needs Ray: pip install 'pleinair[cluster]'")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with ray_cluster(3) as nodes:
        yield nodes


def test_all_trials_end_though_a_machine_is_lost(
    make_config: Make, tmp_path: Path, cluster: Any
) -> None:
    config = make_config(trials=6, steps=6)
    out = tmp_path / "out"
    machine = cluster.list_all_nodes()[-1]
    begun = threading.Event()

    def lose() -> None:
        begun.wait()
        time.sleep(1)
        cluster.remove_node(machine, allow_graceful=False)

    def runner(following: Any) -> Any:
        with Tasks(cluster.address) as tasks:
            assert slots(1, 0) == 3
            assert slots(0.5, 0) == 6
            for result in run_away(following, out, tasks, slots(1, 0)):
                begun.set()
                yield result

    killer = threading.Thread(target=lose)
    killer.start()
    found = Sweep(config, out).run(runner)
    killer.join()
    assert found.trained == 6
    assert found.winner is not None
    records = record.read_trials(out)
    assert [each["state"] == "failed" for each in records] == [False] * 6
    assert len({json.dumps(each["params"]) for each in records}) == 6
    study = optuna.load_study(study_name="tiny", storage=f"sqlite:///{out / 'study.db'}")
    assert not study.get_trials(states=(optuna.trial.TrialState.RUNNING,))


def test_a_trial_runs_without_the_sweep_s_folder(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = []

    def runner(following: Any) -> Any:
        specs.append(following())
        yield from ()

    Sweep(make_config(), tmp_path / "out").run(runner)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    result, files = away(specs[0])
    assert json.loads(files["trial.json"])["number"] == result.number
    assert os.listdir(".") == []  # noqa: PTH208
