"""Settings that cannot be are named, and settings survive JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pleinair.nets.levers import JOHNSON
from pleinair.train.config import Painting, TrainConfig

Make = Callable[..., TrainConfig]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Starry Night"}, "lower-case"),
        ({"name": "../up"}, "lower-case"),
        ({"style_layers": ()}, "style_layers"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"batch": 0}, "batch must be at least 1"),
        ({"size": 32}, "size must be at least 64"),
        ({"size": 66}, "multiple of 4"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"content_weight": -1.0}, "content_weight must not be negative"),
        ({"precision": "int8"}, "precision"),
        ({"optimizer": "sgd"}, "optimizer must be soap or adam"),
        ({"paintings": ()}, "give at least one"),
        ({"paintings": (Painting(Path("a"), "a"),) * 2}, "two are named 'a'"),
        ({"architecture": "lstm"}, "architecture"),
        (
            {
                "architecture": "caffe2go",
                "paintings": (Painting(Path("a"), "a"), Painting(Path("b"), "b")),
            },
            "one style only",
        ),
        ({"devices": 3}, "devices must divide the batch of 2"),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    make_config: Make, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make_config(**changes)


def test_settings_survive_json(make_config: Make) -> None:
    config = make_config(levers=JOHNSON, init=Path("a/b.pt"), batch=6, devices=2)
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"name": "A b"}, "lower-case"), ({"size": 3}, "size"), ({"range": -1.0}, "range must not")],
)
def test_a_painting_that_cannot_be_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Painting(Path("a.jpg"), **{"name": "a", **changes})


def test_the_paintings_decide_how_many_styles_there_are(make_config: Make) -> None:
    three = tuple(Painting(Path("x.jpg"), name) for name in ("a", "b", "c"))
    assert make_config(paintings=three).levers.styles == 3


def test_facts_leave_out_what_is_not_known() -> None:
    assert Painting(Path("x"), "sea-view").facts() == {"name": "sea-view", "title": "Sea View"}
    known = Painting(Path("x"), "sea", title="The Sea", artist="Nobody")
    assert known.facts() == {"name": "sea", "title": "The Sea", "artist": "Nobody"}


def test_an_unknown_setting_is_named(make_config: Make) -> None:
    with pytest.raises(ValueError, match="'speed' does not exist"):
        TrainConfig.from_dict({**make_config().to_dict(), "speed": 11})


def test_the_record_names_files_without_their_folders(make_config: Make) -> None:
    config = make_config(photos=(Path("/home/me/pets"),), previews=(Path("/home/me/cat.jpg"),))
    record = config.record()
    assert record["paintings"] == [{"file": "painting.png", "name": "tiny", "size": 96}]
    assert record["photos"] == ["pets"]
    assert record["previews"] == ["cat.jpg"]
    assert record["features"] == "tiny.safetensors"
    assert "/" not in json.dumps(record)
