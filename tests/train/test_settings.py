"""Settings become JSON and come back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from pleinair.nets.levers import EASEL, SKETCH, Levers
from pleinair.train.settings import from_json, to_json


@dataclass(frozen=True)
class Part:
    file: Path
    size: int = 1


@dataclass(frozen=True)
class Whole:
    parts: tuple[Part, ...]
    folders: tuple[Path, ...] = ()
    size: tuple[int, int] = (1, 2)
    start: Path | None = None
    kind: Literal["a", "b"] = "a"
    levers: Levers = EASEL


def test_all_kinds_of_settings_come_back() -> None:
    made = Whole(
        (Part(Path("a"), 2), Part(Path("b"))), (Path("c"),), (3, 4), Path("d"), "b", SKETCH
    )
    values = to_json(made)
    assert values["parts"] == [{"file": "a", "size": 2}, {"file": "b", "size": 1}]
    assert values["levers"] == SKETCH.to_dict()
    assert from_json(Whole, json.loads(json.dumps(values)), "setting") == made
    assert from_json(Whole, {"parts": []}, "setting") == Whole(())


def test_a_setting_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="my setting 'speed' does not exist"):
        from_json(Whole, {"parts": [], "speed": 3}, "my setting")
    with pytest.raises(ValueError, match="my setting 'speed' does not exist"):
        from_json(Whole, {"parts": [{"file": "a", "speed": 3}]}, "my setting")
    with pytest.raises(ValueError, match="lever 'speed' does not exist"):
        from_json(Whole, {"parts": [], "levers": {"speed": 3}}, "my setting")
