"""Settings of a sweep."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pleinair.sweep.config import SweepConfig
from pleinair.sweep.space import params_of

Make = Callable[..., SweepConfig]


def test_settings_survive_json(make_config: Make) -> None:
    config = make_config(clips=(Path("a.mp4"),), judged=(Path("b"),), crops=(64, 96))
    assert SweepConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trials": 0}, "trials must be at least 1"),
        ({"steps": 2}, "steps must be at least 3"),
        ({"target_fps": 0}, "target_fps must be positive"),
        ({"size": (63, 100)}, "size must be at least 64x64, not 63x100"),
        ({"crops": (72,)}, "crops must be multiples of 32 from 64 on, not 72"),
        ({"crops": ()}, "crops: give at least one"),
        ({"device": "toaster"}, "device 'toaster' is not known"),
        ({"name": "No Name"}, "use lower-case letters"),
    ],
)
def test_what_can_not_be_is_named(make_config: Make, change: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_config(**change)


def test_parameters_become_a_training(make_config: Make) -> None:
    config = make_config(crops=(64, 128), batch=4, steps=30)
    params = {**params_of("easel", config.crops), "crop": 128, "painting_size": 480}
    train = config.training(params)
    assert (train.size, train.batch, train.steps) == (128, 1, 30)
    assert train.paintings[0].size == 480
    assert train.seed == config.seed


def test_trials_are_looked_at_on_their_way(make_config: Make) -> None:
    assert make_config(steps=3).rungs == (1, 2)
    assert make_config(steps=300).rungs == (100, 200)
