"""Real engines run beside each other at tiny sizes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from bench import peers
from bench.models import NETWORKS, build
from bench.process import PeerError, Process
from bench.runner import Contender, Plan, measure

OURS, JUDGE = Contender(peers.OURS), Contender(peers.JUDGE)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("threads", [1, 2])
def test_runner_measures_ours_beside_the_judge(name: str, threads: int, tmp_path: Path) -> None:
    model = tmp_path / f"{name}.onnx"
    build(name, 32, 48).save(model)
    x = np.random.default_rng(0).uniform(0, 255, (1, 3, 32, 48)).astype(np.float32)
    plan = Plan(rounds=2, seconds=0, cache=tmp_path / "cache")
    results = measure(model, x, [OURS, JUDGE], threads, plan)
    for contender, result in results.items():
        assert not result.failure, contender
        assert result.agrees, contender
        assert 0 < result.milliseconds < 60_000, contender
        assert result.create_milliseconds > 0, contender
        assert result.memory_bytes > result.library_bytes >= 0, contender
    assert results[JUDGE].difference == 0
    assert 0 < results[OURS].difference < 1e-3


def test_litert_conversion_agrees(tmp_path: Path) -> None:
    if not importlib.util.find_spec("ai_edge_litert"):
        pytest.skip("ai-edge-litert is not installed: only the comparison needs it")
    model = tmp_path / "depthwise.onnx"
    build("depthwise", 32, 48).save(model)
    x = np.random.default_rng(0).uniform(0, 255, (1, 3, 32, 48)).astype(np.float32)
    plan = Plan(rounds=1, seconds=0, cache=tmp_path / "cache")
    result = measure(model, x, [JUDGE, Contender("litert")], 1, plan)[Contender("litert")]
    assert not result.failure
    assert result.difference < 1e-4


def test_a_worker_tells_what_failed() -> None:
    with Process(1, {}, realtime=False) as process, pytest.raises(PeerError, match="no peer 'x'"):
        process.order("prepare", peer="x", model="m", folder="f")


def test_a_broken_contender_does_not_stop_the_others(tmp_path: Path) -> None:
    model = tmp_path / "small.onnx"
    build("small", 32, 32).save(model)
    x = np.zeros((1, 3, 32, 32), np.float32)
    unknown = Contender(peers.OURS, "no-such-isa")
    plan = Plan(rounds=1, seconds=0, cache=tmp_path / "cache")
    results = measure(model, x, [unknown, JUDGE], 1, plan)
    assert "no-such-isa" in results[unknown].failure
    assert not results[JUDGE].failure
