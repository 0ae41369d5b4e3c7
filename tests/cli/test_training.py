"""The command that trains: what it takes reaches the trainer, and what can't be is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pleinair as package
from pleinair.styles import find, works

Pleinair = Callable[..., "tuple[int, str, str]"]
Data = Callable[[str], Path]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    random = np.random.default_rng(5)
    (tmp_path / "photos").mkdir()
    for name in ("painting.png", "photos/a.png", "photos/b.png"):
        Image.fromarray(random.integers(0, 256, (96, 128, 3), np.uint8)).save(tmp_path / name)
    return tmp_path


def test_two_steps_make_a_style_that_paints(
    pictures: Path, data: Data, monkeypatch: pytest.MonkeyPatch, pleinair: Pleinair
) -> None:
    monkeypatch.setenv("PLEINAIR_STYLES", str(pictures / "styles"))
    status, out, err = pleinair(
        *("train", pictures / "painting.png", "--name", "noisy"),
        *("--photos", pictures / "photos", "--out", pictures / "run"),
        *("--features", data("features/vgg19_small.safetensors")),
        *("--steps", 2, "--batch", 1, "--painting-size", 96, "--threads", 1, "--device", "cpu"),
        *("--from-scratch", "--network", "sketch"),
        *("--title", "Noise", "--artist", "Nobody"),
    )
    assert status == 0, err
    assert str(pictures / "run" / "noisy.onnx") in out
    style = package.load("noisy")
    assert [(work.title, work.artist) for work in style.artworks] == [("Noise", "Nobody")]
    assert style(np.zeros((33, 40, 3), np.uint8)).shape == (33, 40, 3)


def test_a_style_begins_with_the_shipped_network(
    pictures: Path, data: Data, monkeypatch: pytest.MonkeyPatch, pleinair: Pleinair
) -> None:
    monkeypatch.setenv("PLEINAIR_STYLES", str(pictures / "styles"))
    status, _, err = pleinair(
        *("train", pictures / "painting.png", "--name", "noisy"),
        *("--photos", pictures / "photos", "--out", pictures / "run"),
        *("--features", data("features/vgg19_small.safetensors")),
        *("--steps", 1, "--batch", 1, "--painting-size", 96, "--threads", 1, "--device", "cpu"),
    )
    assert status == 0, err
    record = json.loads(package.load("noisy").metadata["pleinair.training"])
    assert record["config"]["init"] == "easel.onnx"
    assert record["start"]["steps"] > 100
    assert find("noisy").stat().st_size <= 67_000


def test_a_painting_is_all_that_is_needed(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, pleinair: Pleinair
) -> None:
    """Name, features and pictures to practise on are there without being given."""
    monkeypatch.setenv("PLEINAIR_STYLES", str(pictures / "styles"))
    monkeypatch.setattr("pleinair.train.trainer.DRAWN", 2)
    (pictures / "painting.png").rename(pictures / "My Painting (1).png")
    status, out, err = pleinair(
        *("train", pictures / "My Painting (1).png", "--out", pictures / "run"),
        *("--steps", 1, "--batch", 1, "--painting-size", 96, "--threads", 1, "--device", "cpu"),
    )
    assert status == 0, err
    assert "--style my-painting-1" in out
    record = json.loads(package.load("my-painting-1").metadata["pleinair.training"])
    assert record["config"]["features"] == "pleinair"
    assert record["config"]["photos"] == []
    assert (pictures / "run" / "previews" / "step-000001.png").is_file()


@pytest.mark.parametrize(
    ("painting", "name", "message"),
    [("none.png", "noisy", "none.png"), ("painting.png", "Bad Name", "'Bad Name'")],
)
def test_bad_input_is_one_clear_line(
    painting: str, name: str, message: str, pictures: Path, data: Data, pleinair: Pleinair
) -> None:
    status, _, err = pleinair(
        *("train", pictures / painting, "--name", name, "--photos", pictures / "photos"),
        *("--features", data("features/vgg19_small.safetensors"), "--out", pictures / "run"),
        "--from-scratch",
    )
    assert status == 1
    assert message in err
    assert err.startswith("pleinair: ")
    assert err.count("\n") == 1


def test_one_style_alone(tmp_path: Path, pleinair: Pleinair) -> None:
    name = works(find("sketch"))[2].name
    status, out, err = pleinair("export", find("sketch"), tmp_path / "one.onnx", "--style", name)
    assert status == 0, err
    assert "one.onnx" in out
    assert package.load(tmp_path / "one.onnx").names == (name,)
    status, _, err = pleinair("export", find("sketch"), tmp_path / "one.txt")
    assert (status, err) == (1, f"pleinair: {tmp_path / 'one.txt'}: a model file ends in .onnx\n")
