"""The light log of losses, as training writes it and others read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from pleinair.train.config import TrainConfig
from pleinair.train.curve import CURVE, appended, read_curve
from pleinair.train.trainer import Trainer

QUIET = Console(quiet=True)


def test_every_step_is_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / CURVE
    with appended(path, 0) as curve:
        curve.add(1, 0.51234, {"total": 2.34567891})
        assert read_curve(path) == [{"step": 1, "seconds": 0.512, "total": 2.34568}]


def test_going_on_cuts_off_what_is_done_again(tmp_path: Path) -> None:
    path = tmp_path / CURVE
    with appended(path, 0) as curve:
        for step in range(1, 6):
            curve.add(step, step, {"total": 10.0 * step})
    with path.open("a") as file:
        file.write('{"step": 6, "tot')  # torn, as by a cut of power
    with appended(path, 3) as curve:
        curve.add(4, 4, {"total": 0.5})
    assert [(p["step"], p["total"]) for p in read_curve(path)] == [
        (1, 10),
        (2, 20),
        (3, 30),
        (4, 0.5),
    ]


def test_training_resumes_its_curve(
    make_config: Callable[..., TrainConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(steps=4, checkpoint_every=2)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    Trainer(config, whole, console=QUIET).run()
    trainer = Trainer(config, parts, console=QUIET)
    step = trainer.train_step

    def fail_at_the_last(photos: object) -> dict[str, float]:
        if trainer.step == 3:
            raise RuntimeError("out of memory")
        return step(photos)  # type: ignore[arg-type]

    monkeypatch.setattr(trainer, "train_step", fail_at_the_last)
    with pytest.raises(RuntimeError):
        trainer.run()
    assert [point["step"] for point in read_curve(parts / CURVE)] == [1, 2, 3]
    Trainer(config, parts, resume=True, console=QUIET).run()

    def losses(folder: Path) -> list[dict[str, float]]:
        points = read_curve(folder / CURVE)
        return [{k: v for k, v in point.items() if k != "seconds"} for point in points]

    assert [point["step"] for point in losses(parts)] == [1, 2, 3, 4]
    assert losses(parts) == losses(whole)
