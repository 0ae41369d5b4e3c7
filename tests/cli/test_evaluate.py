"""The commands that judge styles: what they write, and what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

Pleinair = Callable[..., "tuple[int, str, str]"]


@pytest.fixture
def place(own_styles: Path) -> Path:
    """A folder with photos, paintings and features, all tiny."""
    tmp_path = own_styles.parent
    random = np.random.default_rng(5)
    for name in ("photos/a.png", "photos/b.png", "paintings/negative.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        small = Image.fromarray(random.integers(0, 256, (8, 10, 3), np.uint8))
        small.resize((160, 128), Image.Resampling.BICUBIC).save(tmp_path / name)
    seeded = torch.Generator().manual_seed(0)
    state = {"conv0.weight": torch.eye(3).reshape(3, 3, 1, 1), "conv0.bias": torch.zeros(3)}
    channels = 3
    for layer in ("1_1", "1_2", "2_1", "2_2", "3_1"):
        weight = 0.3 * torch.randn(4, channels, 3, 3, generator=seeded)
        state |= {f"conv{layer}.weight": weight, f"conv{layer}.bias": torch.zeros(4)}
        channels = 4
    (tmp_path / "features").mkdir()
    save_file(state, tmp_path / "features" / "vgg19_to_conv3_1.safetensors")
    return tmp_path


@pytest.fixture
def evaluate(place: Path, pleinair: Pleinair) -> Pleinair:
    """Run `evaluate` on the tiny things; further arguments come after."""

    def call(*arguments: object) -> tuple[int, str, str]:
        return pleinair(
            *("evaluate", *arguments),
            *("--photos", place / "photos", "--paintings", place / "paintings"),
            *("--judges", place / "features", "--out", place / "board"),
            *("--runs", 1, "--threads", 1, "--gatys-steps", 0),
        )

    return call


def test_board_of_a_style(place: Path, evaluate: Pleinair) -> None:
    status, out, err = evaluate("negative")
    assert status == 0, err
    assert "negative" in out
    rows = json.loads((place / "board" / "board.json").read_text())["rows"]
    assert [row["model"] for row in rows] == ["unpainted", "negative"]
    assert rows[1]["painting"] == "negative"
    assert set(rows[1]["speed"]) == {"640x480", "1280x720"}


def test_pairs_of_style_and_painting(place: Path, evaluate: Pleinair) -> None:
    other = place / "photos" / "a.png"
    status, _, err = evaluate("negative", "--painting", f"negative={other}")
    assert status == 0, err
    rows = json.loads((place / "board" / "board.json").read_text())["rows"]
    assert rows[1]["painting"] == "a"


def test_sheet_of_a_style(place: Path, pleinair: Pleinair) -> None:
    status, out, err = pleinair(
        *("sheet", "negative", "--photos", place / "photos", "--count", 2, "--tile", "96x64"),
        *("--paintings", place / "paintings", "--threads", 1, "--out", place / "sheet.png"),
    )
    assert status == 0, err
    assert "1 styles on 2 pictures" in out
    assert Image.open(place / "sheet.png").height == 2 * 64 + 3 * 6


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nobody"], "no style named 'nobody'"),
        (["missing.onnx"], "missing.onnx: no such style file"),
        (["negative", "--clips", "missing.mp4"], "missing.mp4: can't read it"),
        (["negative", "--flow", "."], "flow: no gt/*.flo below ."),
        (["negative", "--painting", "negative"], "say STYLE=FILE"),
        (["negative", "--painting", "night=../photos/a.png"], "no model has such a style"),
        (["negative", "--painting", "negative=missing.png"], "negative=missing.png: no such file"),
        (["negative", "--photos", "missing.jpg"], "cannot read image missing.jpg"),
    ],
)
def test_bad_input_is_one_line(
    place: Path,
    evaluate: Pleinair,
    arguments: list[str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty = place / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    status, out, err = evaluate(*arguments)
    assert status == 1
    assert out == ""
    assert err.count("pleinair: ") == 1
    assert says in err
    assert not (place / "board" / "board.json").exists()
