"""Levers refuse what makes no network, and survive JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pleinair.nets.levers import EASEL, JOHNSON, PRESETS, Levers


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"styles": 0}, "styles"),
        ({"styles": 2, "norm": "batch"}, "styles"),
        ({"coarse_width": -1}, "coarse_width"),
        ({"coarse_blocks": 1}, "coarse_blocks"),
        ({"blocks": -1}, "blocks"),
        ({"width": 0}, "width"),
        ({"kernel": 4}, "kernel"),
        ({"in_kernel": 17}, "in_kernel"),
        ({"out_kernel": 0}, "out_kernel"),
        ({"stem": -8}, "stem"),
        ({"scale": 3}, "scale"),
        ({"down": "magic"}, "down"),
        ({"up": "bicubic"}, "up"),
        ({"norm": "layer"}, "norm"),
        ({"padding": "wrap"}, "padding"),
        ({"activation": "gelu"}, "activation"),
        ({"output": "relu"}, "output"),
        ({"down_widths": (8, 16)}, "down_widths"),
        ({"down": "pool", "down_widths": (8,)}, "down_widths"),
        ({"up_widths": (8, 16, 32)}, "up_widths"),
        ({"up_widths": (0,)}, "up_widths"),
    ],
)
def test_a_lever_that_makes_no_network_is_named(values: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=rf"^lever {named} must be"):
        Levers(**values)


def test_doublings_follow_scale() -> None:
    assert Levers(scale=1, down_widths=(), up_widths=()).doublings == 0
    assert EASEL.doublings == 2
    assert Levers(scale=8, down_widths=(8, 16), up_widths=(16, 8)).doublings == 3


def test_a_coarse_step_doubles_what_sides_must_be_multiples_of() -> None:
    assert Levers().multiple == 4
    assert EASEL.multiple == 8


@pytest.mark.parametrize("levers", PRESETS.values(), ids=PRESETS.keys())
def test_levers_survive_json(levers: Levers) -> None:
    assert Levers.from_dict(json.loads(json.dumps(levers.to_dict()))) == levers


def test_an_unknown_lever_is_named() -> None:
    with pytest.raises(ValueError, match="lever 'depth' does not exist"):
        Levers.from_dict({**JOHNSON.to_dict(), "depth": 3})
