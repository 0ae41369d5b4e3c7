"""The command that searches: what it takes reaches the sweep, and what can't be is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

Pleinair = Callable[..., "tuple[int, str, str]"]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    random = np.random.default_rng(5)
    (tmp_path / "photos").mkdir()
    for name in ("The Sea.png", "photos/a.png", "photos/b.png"):
        Image.fromarray(random.integers(0, 256, (96, 128, 3), np.uint8)).save(tmp_path / name)
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The sweeps that a command would have run: none runs."""
    import pleinair.sweep.run as room

    found: list[Any] = []

    class Fake:
        def __init__(self, *given: Any) -> None:
            found.append(given)

        def run(self, **_: Any) -> None:
            raise ValueError("that was it")

    monkeypatch.setattr(room, "Sweep", Fake)
    return found


def test_options_reach_the_sweep(pictures: Path, asked: list[Any], pleinair: Pleinair) -> None:
    status, _, err = pleinair(
        *("sweep", pictures / "The Sea.png", "--photos", pictures / "photos"),
        *("--target-fps", 24, "--size", "640x480", "--device", "iphone6s", "--threads", 2),
        *("--trials", 7, "--steps", 9, "--batch", 3, "--crop", 64, "--crop", 96),
        *("--features", "some.safetensors", "--held-out", "judge.safetensors"),
        *("--judged", pictures, "--count", 2, "--no-stopping", "--seed", 5),
        *("--storage", "sqlite:///x.db", "--out", pictures / "out"),
    )
    assert (status, err.splitlines()[-1]) == (1, "pleinair: that was it")
    ((config, out, storage, *_),) = asked
    assert (out, storage) == (pictures / "out", "sqlite:///x.db")
    assert [painting.name for painting in config.paintings] == ["the-sea"]
    assert config.name == "the-sea"
    kept = json.loads(json.dumps(config.to_dict()))
    assert (kept["target_fps"], kept["size"], kept["device"]) == (24, [640, 480], "iphone6s")
    assert (kept["trials"], kept["steps"], kept["batch"], kept["crops"]) == (7, 9, 3, [64, 96])
    assert (kept["judged"], kept["judged_count"]) == ([str(pictures)], 2)
    assert (kept["stopping"], kept["seed"], kept["threads"]) == (False, 5, 2)


def test_features_hold_out_of_the_data_folder(
    pictures: Path, asked: list[Any], pleinair: Pleinair, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("sweep", pictures / "The Sea.png", "--photos", pictures / "photos", "--name", "sea")
    monkeypatch.setenv("PLEINAIR_DATA", str(pictures))
    pleinair(*words)
    judge = pictures / "features" / "squeezenet1_1.safetensors"
    judge.parent.mkdir()
    judge.touch()
    pleinair(*words)
    assert [config.held_out for config, *_ in asked] == [None, judge]
    assert asked[0][0].paintings[0].name == asked[0][0].name == "sea"
    assert asked[0][1] == Path("sweeps/sea")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--device", "toaster"), "device 'toaster' is not known (known: here, iphone6s"),
        (("--crop", 70), "crops must be multiples of 32"),
        (("--name", "A B"), "use lower-case letters"),
        (("--photos", "nowhere"), "photos: nowhere is not a folder"),
    ],
)
def test_what_can_not_be_is_one_line(
    pictures: Path, pleinair: Pleinair, words: tuple[Any, ...], message: str
) -> None:
    photos = () if "--photos" in words else ("--photos", pictures / "photos")
    out = pictures / "out"
    status, _, err = pleinair("sweep", pictures / "The Sea.png", *photos, *words, "--out", out)
    assert status == 1
    assert message in err
    assert len(err.splitlines()) == 1
    assert not out.exists()
