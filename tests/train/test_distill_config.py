"""Settings of a distillation that cannot be are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pleinair.train.distill_config import DistillConfig


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 0}, "steps must be at least 1"),
        ({"drawn": 0}, "drawn must be at least 1"),
        ({"batch": 2}, "batch must be even and at least 4"),
        ({"batch": 5}, "batch must be even"),
        ({"size": 40}, "size must be a multiple of 16"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"relation_weight": -1.0}, "relation_weight"),
        ({"precision": "int8"}, "precision"),
        ({"widths": (("2_1", 4),)}, "widths must name"),
        ({"widths": (("1_1", 4), ("3_1", 4), ("2_1", 4))}, "in order"),
        ({"widths": (("1_1", 0),)}, "widths must be at least 1"),
    ],
)
def test_settings_that_cannot_be_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DistillConfig(**changes)


def test_the_record_names_files_without_their_folders() -> None:
    config = DistillConfig(
        teacher="/data/vgg19.safetensors",
        photos=(Path("/home/me/pets"),),
        painter=Path("/a/b.onnx"),
    )
    record = json.loads(json.dumps(config.record()))
    assert record["teacher"] == "vgg19.safetensors"
    assert record["photos"] == ["pets"]
    assert record["painter"] == "b.onnx"
    assert record["widths"][0] == ["1_1", 16]
    assert DistillConfig().record()["painter"] is None


def test_layers_after_pools_are_compared() -> None:
    assert DistillConfig().taps == ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
