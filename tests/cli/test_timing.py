"""The command that times a model."""

from __future__ import annotations

import re
from collections.abc import Callable

Pleinair = Callable[..., tuple[int, str, str]]


def test_bench_times_a_style(pleinair: Pleinair) -> None:
    status, out, _ = pleinair("bench", "starry-night", "--size", "160x120", "--runs", 3)
    assert status == 0
    found = re.search(r"([\d.]+) ms, ([\d.]+) runs a second: median of 3", out)
    assert found
    assert abs(float(found[1]) * float(found[2]) - 1000) < 20


def test_profile_lists_every_step(pleinair: Pleinair) -> None:
    arguments = ("--size", "320x240", "--runs", 3, "--threads", 1, "--profile")
    status, out, _ = pleinair("bench", "starry-night", *arguments)
    assert status == 0
    steps = re.findall(r"^\S+ +(?:conv|map|norm) +([\d.]+) ", out, re.MULTILINE)
    total = re.search(r"^all +([\d.]+)", out, re.MULTILINE)
    assert total
    assert sum(map(float, steps)) > 0
    assert abs(sum(map(float, steps)) - float(total[1])) < 0.01 * len(steps)
    assert "% of peak" in out


def test_bench_refuses_what_is_not_there(pleinair: Pleinair) -> None:
    status, _, error = pleinair("bench", "no-such-style")
    assert status == 1
    assert "no-such-style" in error
