"""From a painting to an installed style."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from rich.console import Console

from pleinair.train import Painting, TrainConfig, train
from pleinair.train.run import export_checkpoint
from pleinair.train.trainer import Trainer

Make = Callable[..., TrainConfig]
QUIET = Console(quiet=True)


def test_training_exports_and_installs_a_style_that_paints(
    make_config: Make, painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEINAIR_STYLES", str(tmp_path / "styles"))
    one = Painting(painting, "tiny", size=96, title="Tiny One", artist="Nobody")
    config = make_config(paintings=(one, Painting(painting, "other", size=80)))
    trained = train(config, tmp_path / "run", console=QUIET)
    assert trained.model == tmp_path / "run" / "tiny.onnx"
    assert trained.installed == tmp_path / "styles" / "tiny.onnx"
    assert trained.installed.read_bytes() == trained.model.read_bytes()
    assert trained.size_bytes == trained.model.stat().st_size

    session = onnxruntime.InferenceSession(trained.model, providers=["CPUExecutionProvider"])
    photo = np.random.default_rng(0).integers(0, 256, (1, 21, 34, 3), dtype=np.uint8)
    full, none = np.ones(1, np.float32), np.zeros(1, np.float32)
    inputs = {"image": photo, "style": np.array([0, 1], np.float32), "colours": none}
    assert session.run(None, {**inputs, "strength": full})[0].shape == photo.shape

    facts = {p.key: p.value for p in onnx.load(trained.model).metadata_props}
    assert facts["pleinair.name"] == "tiny"
    assert json.loads(facts["pleinair.styles"]) == [
        {"name": "tiny", "title": "Tiny One", "artist": "Nobody"},
        {"name": "other", "title": "Other"},
    ]
    record = json.loads(facts["pleinair.training"])
    assert record["steps"] == 4
    assert record["config"]["levers"] == config.levers.to_dict()
    assert str(tmp_path) not in facts["pleinair.training"]


def test_a_checkpoint_exports_without_its_painting_or_photos(
    make_config: Make, tmp_path: Path
) -> None:
    trained = train(make_config(), tmp_path / "run", install=False, console=QUIET)
    assert trained.installed is None
    export_checkpoint(tmp_path / "run", tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == trained.model.read_bytes()


def test_the_record_tells_of_the_run_it_started_from(make_config: Make, tmp_path: Path) -> None:
    train(make_config(seed=5), tmp_path / "first", install=False, console=QUIET)
    config = make_config(init=tmp_path / "first" / "checkpoint.pt", steps=2)
    trained = train(config, tmp_path / "second", install=False, console=QUIET)
    facts = {p.key: p.value for p in onnx.load(trained.model).metadata_props}
    record = json.loads(facts["pleinair.training"])
    assert record["steps"] == 2
    assert record["start"]["steps"] == 4
    assert record["start"]["config"]["seed"] == 5
    assert "start" not in record["start"]
    assert Trainer(config, tmp_path / "second", resume=True, console=QUIET).start is not None


def test_without_its_extra_training_says_what_to_install() -> None:
    hidden = "import sys; sys.modules['torch'] = None; import pleinair.train"
    done = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last == 'ImportError: training needs torch: run  pip install "pleinair[train]"'
