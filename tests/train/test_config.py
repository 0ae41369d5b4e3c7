"""Settings that cannot be are named, and settings survive JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pleinair.nets.levers import JOHNSON
from pleinair.train.config import TrainConfig

Make = Callable[..., TrainConfig]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Starry Night"}, "lower-case"),
        ({"name": "../up"}, "lower-case"),
        ({"photos": ()}, "photos"),
        ({"style_layers": ()}, "style_layers"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"batch": 0}, "batch must be at least 1"),
        ({"size": 32}, "size must be at least 64"),
        ({"size": 66}, "multiple of 4"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"content_weight": -1.0}, "content_weight must not be negative"),
        ({"precision": "int8"}, "precision"),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    make_config: Make, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make_config(**changes)


def test_settings_survive_json(make_config: Make) -> None:
    config = make_config(levers=JOHNSON, init=Path("a/b.pt"), metadata={"title": "T"})
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_an_unknown_setting_is_named(make_config: Make) -> None:
    with pytest.raises(ValueError, match="'speed' does not exist"):
        TrainConfig.from_dict({**make_config().to_dict(), "speed": 11})


def test_the_record_names_files_without_their_folders(make_config: Make) -> None:
    config = make_config(photos=(Path("/home/me/pets"),), previews=(Path("/home/me/cat.jpg"),))
    record = config.record()
    assert record["painting"] == "painting.png"
    assert record["photos"] == ["pets"]
    assert record["previews"] == ["cat.jpg"]
    assert record["features"] == "tiny.safetensors"
    assert "/" not in json.dumps(record)
