"""The sweep's memory, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from optuna.samplers import RandomSampler, TPESampler
from optuna.trial import TrialState

from pleinair.sweep import record
from pleinair.sweep.config import SweepConfig
from pleinair.sweep.latency import Latency
from pleinair.sweep.study import _PATIENCE, Study
from pleinair.sweep.trial import COMPLETE, STOPPED, TrialResult

Make = Callable[..., SweepConfig]


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest) -> str | None:
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgresql")
    return url


def timed(ms: float) -> Latency:
    return Latency(ms, ms, "here", 1, (96, 80), False)


def end(study: Study, number: int, values: tuple[float, float, float] | None) -> None:
    """A trial that has ended, with its record."""
    state = COMPLETE if values else STOPPED
    found: dict[str, Any] = {"number": number, "state": state, "why": "", "values": values}
    with record.recording(study.out, number) as folder:
        record.write_json(folder / record.TRIAL, found)


def states(study: Study) -> dict[int, str]:
    return {trial.number: trial.state.name for trial in study.study.get_trials()}


def test_a_study_is_gone_on_with(make_config: Make, tmp_path: Path, storage: str | None) -> None:
    config = make_config(name="gone-on-with", presets=("sketch",))
    study = Study(config, tmp_path, "mark", storage)
    number, params, preset, _ = study.ask()
    assert (preset, params["width"]) == ("sketch", 16)
    end(study, number, (1.0, 1.0, 5.0))
    study.tell(number, TrialResult(number, COMPLETE, values=(1.0, 1.0, 5.0)))
    slow, *_ = study.ask()
    study.reject(slow, timed(900))
    again = Study(config, tmp_path, "mark", storage)
    assert states(again) == {0: "COMPLETE", 1: "FAIL"}
    assert again.rejected == 1
    assert again.front() == [0]
    assert again.ask()[:1] == (2,)


def test_a_dead_process_loses_no_finished_trial_and_repeats_none(
    make_config: Make, tmp_path: Path, storage: str | None
) -> None:
    config = make_config(name="dead-process")
    study = Study(config, tmp_path, "mark", storage)
    done, half = study.ask(), study.ask()
    end(study, done[0], (1.0, 2.0, 3.0))  # died before the study was told
    again = Study(config, tmp_path, "mark", storage)
    assert again.recover() == [half[0]]
    assert states(again) == {0: "COMPLETE", 1: "FAIL", 2: "WAITING"}
    number, params, _, retry_of = again.ask()
    assert (number, params, retry_of) == (2, half[1], half[0])
    assert again.recover() == [2]
    assert again.ask()[1] == half[1]


def test_what_is_asked_depends_on_the_seed_and_the_past_alone(
    make_config: Make, tmp_path: Path
) -> None:
    asked = []
    for part, seed in enumerate((1, 1, 2)):
        study = Study(make_config(seed=seed), tmp_path / str(part), "mark", "sqlite://")
        asked.append([study.ask()[1] for _ in range(3)])
    assert asked[0] == asked[1] != asked[2]
    assert asked[0][0] != asked[0][1] != asked[0][2]


def test_the_front_is_what_none_beats(make_config: Make, tmp_path: Path) -> None:
    study = Study(make_config(), tmp_path, "mark", None)
    values = [(1.0, 1.0, 9.0), (2.0, 1.0, 9.0), (3.0, 3.0, 1.0), (1.0, 1.0, 9.0), (9.0, 0.1, 9.0)]
    for each in values:
        number, *_ = study.ask()
        end(study, number, each)
        study.tell(number, TrialResult(number, COMPLETE, values=each))
    assert study.front() == [0, 2, 3, 4]


def test_too_slow_networks_are_left_out(make_config: Make, tmp_path: Path) -> None:
    study = Study(make_config(target_fps=10), tmp_path, "mark", None)
    number, *_ = study.ask()
    study.reject(number, timed(150))
    (trial,) = study.study.get_trials()
    assert trial.state == TrialState.FAIL
    assert trial.user_attrs == {"ms": 150, "rejected as too slow": True}
    assert study.recover() == []


def test_after_networks_that_are_too_slow_one_is_drawn_at_random(
    make_config: Make, tmp_path: Path
) -> None:
    study = Study(make_config(), tmp_path, "mark", "sqlite://")
    for _ in range(_PATIENCE):
        assert isinstance(study._sampler(), TPESampler)
        number, *_ = study.ask()
        study.reject(number, timed(900))
    assert isinstance(study._sampler(), RandomSampler)
    number, *_ = study.ask()
    end(study, number, (1.0, 1.0, 9.0))
    study.tell(number, TrialResult(number, COMPLETE, values=(1.0, 1.0, 9.0)))
    assert isinstance(study._sampler(), TPESampler)


def test_another_sweep_of_the_name_is_left_alone(
    make_config: Make, tmp_path: Path, storage: str | None
) -> None:
    config = make_config(name="left-alone")
    Study(config, tmp_path, "one", storage)
    with pytest.raises(ValueError, match="another sweep named 'left-alone'"):
        Study(config, tmp_path, "other", storage)


def test_a_storage_that_does_not_answer_is_told_without_its_password(
    make_config: Make, tmp_path: Path
) -> None:
    pytest.importorskip("psycopg", reason="PostgreSQL is reached by psycopg")
    url = "postgresql+psycopg://me:secret@127.0.0.1:1/none"
    with pytest.raises(ValueError, match="can't be opened") as caught:
        Study(make_config(), tmp_path, "mark", url)
    assert "secret" not in str(caught.value)
    with pytest.raises(ValueError, match="storage nonsense can't be opened"):
        Study(make_config(), tmp_path, "mark", "nonsense")
