"""One trial, from its specification to its record."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from PIL import Image

from pleinair.sweep import record
from pleinair.sweep.config import SweepConfig
from pleinair.sweep.latency import Latency
from pleinair.sweep.run import _material
from pleinair.sweep.space import params_of
from pleinair.sweep.trial import COMPLETE, FAILED, STOPPED, TrialResult, TrialSpec, run_trial
from pleinair.train import TrainConfig
from pleinair.train.curve import CURVE, read_curve

Make = Callable[..., SweepConfig]


@pytest.fixture
def spec(make_config: Make) -> TrialSpec:
    config = make_config()
    photos, material = _material(config)
    params = params_of("sketch", config.crops)
    time = Latency(5.0, 4.0, "here", 1, config.size, False)
    rungs = tuple((step, None) for step in config.rungs)
    return TrialSpec(4, params, config.training(params), photos, material, time, rungs)


def weights(folder: Path) -> dict[str, bytes]:
    model = onnx.load(folder / record.MODEL)
    return {t.name: numpy_helper.to_array(t).tobytes() for t in model.graph.initializer}


def test_the_same_specification_gives_the_same_weights(spec: TrialSpec, tmp_path: Path) -> None:
    again = pickle.loads(pickle.dumps(spec))
    assert again == spec
    first = run_trial(spec, tmp_path / "a")
    second = run_trial(again, tmp_path / "b")
    assert first == second
    assert weights(tmp_path / "a") == weights(tmp_path / "b")
    other = replace(spec, train=replace(spec.train, seed=2))
    run_trial(other, tmp_path / "c")
    assert weights(tmp_path / "c") != weights(tmp_path / "a")


def test_the_record_says_everything(spec: TrialSpec, tmp_path: Path) -> None:
    steps: list[int] = []
    result = run_trial(spec, tmp_path, steps.append)
    assert steps == [1, 2, 3]
    found = json.loads((tmp_path / record.TRIAL).read_text())
    assert TrialResult.of(found) == result
    assert result.state == COMPLETE
    assert result.values == (found["quality"]["score"], found["unrest"]["mean"], 5.0)
    assert found["quality"]["judge"] == "judge"
    assert found["quality"]["held_out"] is True
    assert TrainConfig.from_dict(found["config"]) == spec.train
    assert [rung["step"] for rung in found["rungs"]] == [1, 2]
    assert found["versions"] == record.versions()
    assert found["cost"]["bytes"] == (tmp_path / record.MODEL).stat().st_size
    assert [point["step"] for point in read_curve(tmp_path / CURVE)] == [1, 2, 3]
    with Image.open(tmp_path / record.SAMPLE) as sample:
        assert sample.size == (320, 480)
        assert np.asarray(sample).std() > 1


def test_one_below_the_bar_is_stopped_and_kept(spec: TrialSpec, tmp_path: Path) -> None:
    hard = replace(spec, rungs=((1, 99.0), (2, 1e-6)))
    result = run_trial(hard, tmp_path)
    assert result.state == STOPPED
    assert result.values is None
    assert result.why.startswith("at step 2 its score was ")
    found = json.loads((tmp_path / record.TRIAL).read_text())
    assert found["steps"] == 2
    assert [rung["bar"] for rung in found["rungs"]] == [99.0, 1e-6]
    assert (tmp_path / record.MODEL).exists()


def test_what_goes_wrong_in_training_is_a_result(spec: TrialSpec, tmp_path: Path) -> None:
    wild = replace(spec, train=replace(spec.train, range_weight=1e39))
    result = run_trial(wild, tmp_path)
    assert result.state == FAILED
    assert "FloatingPointError: loss is " in result.why
    assert json.loads((tmp_path / record.TRIAL).read_text())["state"] == FAILED
