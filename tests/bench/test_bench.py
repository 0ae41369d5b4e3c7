"""The comparison at tiny sizes: networks, the runner with real engines, and the report."""

from __future__ import annotations

import importlib.util
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from bench import peers, report
from bench.models import NETWORKS, build
from bench.process import PeerError, Process
from bench.runner import Contender, Plan, Result, measure

OURS, JUDGE = Contender(peers.OURS), Contender(peers.JUDGE)


@pytest.mark.parametrize(
    ("name", "gflop"),
    [("johnson", 20.2), ("small", 1.14), ("depthwise", 1.11)],
)
def test_networks_cost_what_such_networks_cost(name: str, gflop: float) -> None:
    assert 2 * build(name, 256, 256).macs / 1e9 == pytest.approx(gflop, rel=5e-3)


def test_networks_are_the_same_every_time() -> None:
    once, again = (build("small", 32, 32).model.SerializeToString() for _ in range(2))
    assert once == again


@pytest.mark.parametrize(("height", "width"), [(30, 32), (32, 33), (16, 16)])
def test_sizes_that_do_not_come_out_again_are_refused(height: int, width: int) -> None:
    with pytest.raises(ValueError, match="multiples of 4"):
        build("small", height, width)


def test_unknown_network_is_refused() -> None:
    with pytest.raises(ValueError, match="no network 'large'"):
        build("large", 32, 32)


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


def test_a_peer_that_computes_something_else_is_told_and_does_not_count() -> None:
    cell = report.Cell("net", "1×1", 1, 1.0, {OURS: Result(10.0), JUDGE: Result(30.0)})
    cell.results[Contender("ncnn")] = Result(5.0, difference=0.5, agrees=False)
    assert report.ratio(cell, OURS) == 3.0
    assert "ncnn on net 1×1 is off by 5.0e-01 and does not count" in report.remarks([cell])
    assert "5 ✗" in report.speed_table([cell], None)


def test_a_peer_that_is_inexact_is_told_and_counts() -> None:
    cell = report.Cell("net", "1×1", 1, 1.0, {OURS: Result(10.0), JUDGE: Result(30.0)})
    cell.results[Contender("mnn")] = Result(20.0, difference=2e-3, agrees=False)
    assert report.ratio(cell, OURS) == 2.0
    assert "MNN on net 1×1 is off by 2.0e-03" in report.remarks([cell])


def test_ours_has_no_ratio_when_it_is_wrong() -> None:
    wrong = Result(1.0, difference=0.5, agrees=False)
    cell = report.Cell("net", "1×1", 1, 1.0, {OURS: wrong, JUDGE: Result(30.0)})
    assert report.ratio(cell, OURS) is None


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


def test_geometric_mean() -> None:
    assert report.geometric_mean([1, 4]) == pytest.approx(2)
    assert math.isnan(report.geometric_mean([]))


def test_sections_leave_what_people_wrote(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text("# Title\n\nBefore.\n")
    report.put_section(path, "a", "first")
    report.put_section(path, "b", "second")
    path.write_text(path.read_text() + "\nAfter.\n")
    report.put_section(path, "a", "new")
    text = path.read_text()
    assert "first" not in text
    order = [text.index(word) for word in ("Before.", "new", "second", "After.")]
    assert order == sorted(order)


def test_old_operators_become_standard(tmp_path: Path) -> None:
    import onnxruntime

    from bench.foreign import standard

    info = onnx.helper.make_tensor_value_info
    nodes = [
        onnx.helper.make_node("ImageScaler", ["x"], ["s"], scale=1.0, bias=[1.0, 2.0, 3.0]),
        onnx.helper.make_node("Crop", ["s"], ["c"], border=[1, 2, 3, 4]),
        onnx.helper.make_node("Affine", ["c"], ["y"], alpha=2.0, beta=0.0),
    ]
    graph = onnx.helper.make_graph(
        nodes, "old", [info("x", 1, ["n", 3, 9, 9])], [info("y", 1, ["n", 3, 3, 5])]
    )
    path = tmp_path / "old.onnx"
    opsets = [onnx.helper.make_opsetid("", 7)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opsets, ir_version=3), path)
    x = np.random.default_rng(0).random((1, 3, 9, 9), np.float32)
    session = onnxruntime.InferenceSession(standard(path).SerializeToString())
    expected = 2 * (x + np.array([1, 2, 3], np.float32).reshape(1, 3, 1, 1))[:, :, 2:-4, 1:-3]
    np.testing.assert_allclose(session.run(None, {"x": x})[0], expected, rtol=1e-6)


def test_command_says_what_is_wrong_with_a_size() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "bench", "networks", "--size", "big"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode != 0
    assert "'big' is not WIDTHxHEIGHT" in made.stderr
