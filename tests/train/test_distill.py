"""Features are learnt from others, and a stopped distillation goes on to the same bits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from safetensors import safe_open
from safetensors.torch import load_file

from pleinair.train.distill import Distiller, distil
from pleinair.train.distill_config import DistillConfig
from pleinair.train.features import load_features

QUIET = Console(quiet=True)


def _config(features_file: Path, **changes: Any) -> DistillConfig:
    values: dict[str, Any] = {
        "teacher": str(features_file),
        "drawn": 3,
        "widths": (("1_1", 4), ("2_1", 6), ("2_2", 6), ("3_1", 8)),
        "steps": 3,
        "batch": 4,
        "size": 32,
        "device": "cpu",
        "threads": 1,
        "checkpoint_every": 2,
        **changes,
    }
    return DistillConfig(**values)


def test_the_file_is_read_by_training_and_tells_how_it_was_made(
    features_file: Path, photos: Path, tmp_path: Path
) -> None:
    config = _config(features_file, photos=(photos,), paintings=(photos / "more",))
    made = distil(config, tmp_path, console=QUIET)
    assert made.size_bytes == (tmp_path / "features.safetensors").stat().st_size
    assert made.steps == 3
    features = load_features(made.file)
    assert features.pad == "zero"
    found = features(torch.rand(1, 3, 32, 32), ("relu1_1", "relu3_1"))
    assert found["relu3_1"].shape == (1, 8, 8, 8)
    assert {values.dtype for values in load_file(made.file).values()} == {torch.float16}
    with safe_open(made.file, "pt") as opened:
        record = json.loads(opened.metadata()["pleinair.features"])
    assert record["config"]["teacher"] == "tiny.safetensors"
    assert record["config"]["photos"] == [photos.name]
    assert record["steps"] == 3
    assert record["seen"].keys() == {"relu1_1", "relu2_1", "relu3_1"}


def test_learning_explains_more(features_file: Path, tmp_path: Path) -> None:
    def explained(steps: int) -> list[float]:
        config = _config(features_file, steps=steps, drawn=12, learning_rate=1e-2)
        made = distil(config, tmp_path / str(steps), console=QUIET)
        return [seen.explained for seen in made.seen.values()]

    few, many = explained(1), explained(300)
    assert all(more > some + 0.1 for some, more in zip(few, many, strict=True))
    assert many[0] > 0.5


class _DiedError(Exception):
    """Stands for a process that dies."""


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(
    features_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    config = _config(features_file, steps=5, precision=precision)
    whole = distil(config, tmp_path / "whole", console=QUIET)
    terms = Distiller._terms

    def die_at_step_3(distiller: Distiller, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        if distiller.step == 3:
            raise _DiedError
        return terms(distiller, pictures)

    with monkeypatch.context() as patched:
        patched.setattr(Distiller, "_terms", die_at_step_3)
        with pytest.raises(_DiedError):
            distil(config, tmp_path / "parts", console=QUIET)
    assert not (tmp_path / "parts" / "features.safetensors").exists()
    parts = distil(config, tmp_path / "parts", resume=True, console=QUIET)
    one, other = load_file(whole.file), load_file(parts.file)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[key], other[key]) for key in one)
    assert whole.seen == parts.seen


def test_a_run_is_not_overwritten_and_not_resumed_with_other_settings(
    features_file: Path, tmp_path: Path
) -> None:
    distil(_config(features_file), tmp_path, console=QUIET)
    with pytest.raises(FileExistsError, match="resume it"):
        distil(_config(features_file), tmp_path, console=QUIET)
    with pytest.raises(ValueError, match="batch was 4, now 6"):
        distil(_config(features_file, batch=6), tmp_path, resume=True, console=QUIET)


def test_a_teacher_without_the_layers_is_refused(features_file: Path, tmp_path: Path) -> None:
    config = _config(features_file, widths=(("1_1", 4), ("4_1", 4)))
    with pytest.raises(ValueError, match="no layer 'relu4_1'"):
        distil(config, tmp_path, console=QUIET)
    assert not list(tmp_path.iterdir())
