"""Training learns, can be interrupted, and resumes bit for bit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console

import pleinair.train.trainer as trainer_module
from pleinair.train import checkpoint
from pleinair.train.config import TrainConfig
from pleinair.train.trainer import CHECKPOINT, Trainer, build

Make = Callable[..., TrainConfig]
QUIET = Console(quiet=True)


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = checkpoint.load(folder / CHECKPOINT)["net"]
    return weights


def _same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def test_a_run_leaves_checkpoint_previews_and_log(make_config: Make, tmp_path: Path) -> None:
    result = Trainer(make_config(), tmp_path, console=QUIET).run()
    assert result.steps == 4
    assert result.seconds > 0
    terms = ("style", "content", "tone", "variation", "range", "grid", "steadiness")
    assert set(result.losses) == {"total", *terms}
    assert sorted(p.name for p in (tmp_path / "previews").iterdir()) == [
        "step-000002.png",
        "step-000004.png",
    ]
    assert (tmp_path / CHECKPOINT).is_file()
    assert list((tmp_path / "log").glob("events*"))


def test_without_photos_pictures_are_drawn(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer_module, "DRAWN", 3)
    config = make_config(photos=(), previews=(), steps=2, preview_every=2)
    for name in ("one", "again"):
        Trainer(config, tmp_path / name, console=QUIET).run()
    assert _same(_weights(tmp_path / "one"), _weights(tmp_path / "again"))
    with Image.open(tmp_path / "one" / "previews" / "step-000002.png") as sheet:
        assert np.asarray(sheet).std() > 20


@pytest.mark.parametrize("optimizer", ["soap", "adam"])
def test_training_lowers_the_loss(make_config: Make, tmp_path: Path, optimizer: str) -> None:
    config = make_config(
        optimizer=optimizer, steps=60, preview_every=100, checkpoint_every=100, learning_rate=1e-2
    )
    trainer = Trainer(config, tmp_path, console=QUIET)
    photos = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    before = sum(term.item() for term in trainer.objective(trainer.net, photos, 0).values())
    trainer.run()
    after = sum(term.item() for term in trainer.objective(trainer.net, photos, 0).values())
    assert after < 0.5 * before


def test_the_seed_decides_the_weights(make_config: Make, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        Trainer(make_config(seed=seed), tmp_path / name, console=QUIET).run()
    assert _same(_weights(tmp_path / "a"), _weights(tmp_path / "b"))
    assert not _same(_weights(tmp_path / "a"), _weights(tmp_path / "c"))


class _DiedError(Exception):
    """Stands for a process that dies."""


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    # Beyond step 10, where SOAP refreshes its bases.
    config = make_config(steps=14, precision=precision)
    Trainer(config, tmp_path / "whole", console=QUIET).run()

    step = Trainer.train_step

    def die_at_step_13(trainer: Trainer, photos: torch.Tensor) -> dict[str, float]:
        if trainer.step == 13:
            raise _DiedError
        return step(trainer, photos)

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "train_step", die_at_step_13)
        with pytest.raises(_DiedError):
            Trainer(config, tmp_path / "parts", console=QUIET).run()
    assert checkpoint.load(tmp_path / "parts" / CHECKPOINT)["step"] == 12
    torch.manual_seed(999)
    resumed = Trainer(config, tmp_path / "parts", resume=True, console=QUIET)
    assert resumed.run().steps == 14
    assert _same(_weights(tmp_path / "parts"), _weights(tmp_path / "whole"))


def test_ctrl_c_finishes_the_step_saves_and_stops(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Trainer.train_step

    def press_ctrl_c_at_step_3(trainer: Trainer, photos: torch.Tensor) -> dict[str, float]:
        if trainer.step == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return step(trainer, photos)

    config = make_config(steps=50, checkpoint_every=50, preview_every=50)
    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "train_step", press_ctrl_c_at_step_3)
        with pytest.raises(KeyboardInterrupt):
            Trainer(config, tmp_path, console=QUIET).run()
    assert signal.getsignal(signal.SIGINT) is before
    assert checkpoint.load(tmp_path / CHECKPOINT)["step"] == 4
    assert Trainer(config, tmp_path, resume=True, console=QUIET).step == 4


TRAIN = """
import json, sys
from pathlib import Path
from rich.console import Console
from pleinair.train import TrainConfig
from pleinair.train.trainer import Trainer
if __name__ == "__main__":
    config = TrainConfig.from_dict(json.loads(sys.argv[1]))
    Trainer(config, Path(sys.argv[2]), console=Console(quiet=True)).run()
"""


def test_two_processes_share_a_batch_and_learn_the_same(make_config: Make, tmp_path: Path) -> None:
    """To rounding: each has half of the pictures, and their gradients are averaged.

    With Adam: SOAP's first bases are partly those of rounding.
    """
    config = make_config(steps=2, steadiness_weight=0.0, optimizer="adam")
    Trainer(config, tmp_path / "one", console=QUIET).run()
    script = tmp_path / "train.py"
    script.write_text(TRAIN)
    settings = json.dumps(replace(config, devices=2).to_dict())
    command = [sys.executable, str(script), settings, str(tmp_path / "two")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    one, two = _weights(tmp_path / "one"), _weights(tmp_path / "two")
    torch.manual_seed(config.seed)
    untrained = build(config.architecture, config.levers).state_dict()
    learnt = torch.cat([(one[name] - untrained[name]).abs().flatten() for name in one])
    apart = torch.cat([(one[name] - two[name]).abs().flatten() for name in one])
    assert learnt.mean() > 1e-5
    assert apart.mean() < 0.02 * learnt.mean()


def test_a_finished_run_resumes_to_its_end_at_once(make_config: Make, tmp_path: Path) -> None:
    result = Trainer(make_config(), tmp_path, console=QUIET).run()
    assert Trainer(make_config(), tmp_path, resume=True, console=QUIET).run() == result


def test_a_run_is_not_overwritten(make_config: Make, tmp_path: Path) -> None:
    Trainer(make_config(), tmp_path, console=QUIET).run()
    with pytest.raises(FileExistsError, match="resume it, or choose another folder"):
        Trainer(make_config(), tmp_path, console=QUIET)


def test_resuming_nothing_or_something_else_is_refused(make_config: Make, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        Trainer(make_config(), tmp_path, resume=True, console=QUIET)
    Trainer(make_config(), tmp_path, console=QUIET).run()
    with pytest.raises(ValueError, match=r"content_weight was 2\.0, now 3\.0"):
        Trainer(make_config(content_weight=3.0), tmp_path, resume=True, console=QUIET)


def test_a_run_can_start_from_another_runs_weights(make_config: Make, tmp_path: Path) -> None:
    Trainer(make_config(), tmp_path / "first", console=QUIET).run()
    config = make_config(init=tmp_path / "first" / CHECKPOINT, seed=8)
    second = Trainer(config, tmp_path / "second", console=QUIET)
    assert _same(second.net.state_dict(), _weights(tmp_path / "first"))


def test_layers_that_the_features_lack_are_refused_before_training(
    make_config: Make, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="no layer 'relu5_1'"):
        Trainer(make_config(content_layer="relu5_1"), tmp_path, console=QUIET)


def test_a_loss_that_is_no_number_stops_the_run(make_config: Make, tmp_path: Path) -> None:
    trainer = Trainer(make_config(), tmp_path, console=QUIET)
    with pytest.raises(FloatingPointError, match="loss is nan at step 0"):
        trainer.train_step(torch.full((2, 3, 64, 64), torch.nan))
