"""The command that distils: a file that training takes, and what can't be is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from safetensors import safe_open

from pleinair.train.features import load_features

Pleinair = Callable[..., "tuple[int, str, str]"]
Data = Callable[[str], Path]


def test_two_steps_make_features(data: Data, tmp_path: Path, pleinair: Pleinair) -> None:
    status, out, err = pleinair(
        *("distill", "--teacher", data("features/vgg19_small.safetensors")),
        *("--out", tmp_path, "--steps", 2, "--batch", 4, "--size", 64, "--drawn", 3),
        *("--threads", 1, "--device", "cpu", "--bfloat16", "--licence", "CC0-1.0"),
    )
    assert status == 0, err
    assert "learnt for 2 steps" in out
    assert "relu4_1:" in out
    made = tmp_path / "features.safetensors"
    load_features(made).require(("relu1_1", "relu4_1"))
    with safe_open(made, "pt") as opened:
        record = json.loads(opened.metadata()["pleinair.features"])
    assert record["config"]["licence"] == "CC0-1.0"
    assert record["config"]["painter"] == "easel.onnx"


def test_bad_input_is_one_clear_line(tmp_path: Path, pleinair: Pleinair) -> None:
    for options, message in (
        (("--teacher", tmp_path / "none.safetensors"), "none.safetensors"),
        (("--batch", 5), "batch must be even"),
    ):
        status, _, err = pleinair("distill", "--out", tmp_path, *options)
        assert status == 1
        assert message in err
        assert err.startswith("pleinair: ")
        assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())
