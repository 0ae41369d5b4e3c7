"""What is searched."""

from __future__ import annotations

import optuna
import pytest

from pleinair.engine import Session
from pleinair.nets import PRESETS
from pleinair.sweep.latency import untrained
from pleinair.sweep.space import batch_of, levers_of, params_of, suggest

optuna.logging.set_verbosity(optuna.logging.WARNING)


@pytest.mark.parametrize("preset", ["sketch", "easel", "mural"])
def test_the_presets_are_in_the_space(preset: str) -> None:
    params = params_of(preset, (128,))
    assert levers_of(params) == PRESETS[preset]
    asked = suggest(optuna.trial.FixedTrial(params), (128,))  # type: ignore[arg-type]
    assert asked == params


def test_a_network_of_another_kind_is_not() -> None:
    with pytest.raises(ValueError, match="preset johnson is not in the space"):
        params_of("johnson", (128,))


def test_every_choice_makes_a_network_that_the_engine_runs() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    seen = set()
    for _ in range(12):
        params = suggest(study.ask(), (64, 96))
        levers = levers_of(params)
        assert levers.multiple <= 32
        seen.add((levers.scale, levers.down, levers.up, levers.depthwise))
        session = Session(untrained(levers), threads=1)
        shapes = {value.name: (1,) for value in session.inputs} | {"image": (1, 45, 62, 3)}
        assert session.plan(shapes).outputs[0].shape == (1, 45, 62, 3)
    assert len(seen) > 6


def test_larger_crops_have_smaller_batches() -> None:
    assert [batch_of(crop, (128, 96, 256), 4) for crop in (128, 96, 256, 512)] == [4, 7, 1, 1]
