"""From a painting to an installed style."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime
import pytest
from rich.console import Console

from pleinair import Style
from pleinair.engine import Session
from pleinair.styles import find, works
from pleinair.train import Painting, TrainConfig, train
from pleinair.train.run import export_again
from pleinair.train.trainer import Trainer

Make = Callable[..., TrainConfig]
QUIET = Console(quiet=True)


def test_training_exports_and_installs_a_style_that_paints(
    make_config: Make, painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEINAIR_STYLES", str(tmp_path / "styles"))
    one = Painting(painting, "tiny", size=96, title="Tiny One", artist="Nobody")
    config = make_config(paintings=(one, Painting(painting, "other", size=80)))
    trained = train(config, tmp_path / "run", console=QUIET)
    assert trained.model == tmp_path / "run" / "tiny.onnx"
    assert trained.installed == tmp_path / "styles" / "tiny.onnx"
    assert trained.installed.read_bytes() == trained.model.read_bytes()
    assert trained.size_bytes == trained.model.stat().st_size

    session = onnxruntime.InferenceSession(trained.model, providers=["CPUExecutionProvider"])
    photo = np.random.default_rng(0).integers(0, 256, (1, 21, 34, 3), dtype=np.uint8)
    full, none = np.ones(1, np.float32), np.zeros(1, np.float32)
    inputs = {"image": photo, "style": np.array([0, 1], np.float32), "colours": none}
    assert session.run(None, {**inputs, "strength": full})[0].shape == photo.shape

    facts = {p.key: p.value for p in onnx.load(trained.model).metadata_props}
    assert facts["pleinair.name"] == "tiny"
    assert json.loads(facts["pleinair.styles"]) == [
        {"name": "tiny", "title": "Tiny One", "artist": "Nobody"},
        {"name": "other", "title": "Other"},
    ]
    record = json.loads(facts["pleinair.training"])
    assert record["steps"] == 4
    assert record["config"]["levers"] == config.levers.to_dict()
    assert str(tmp_path) not in facts["pleinair.training"]


def test_a_run_or_a_model_is_written_again_without_its_painting_or_photos(
    make_config: Make, tmp_path: Path
) -> None:
    trained = train(make_config(), tmp_path / "run", install=False, console=QUIET)
    assert trained.installed is None
    for source in ("", "checkpoint.pt", "tiny.onnx"):
        size = export_again(tmp_path / "run" / source, tmp_path / "again.onnx")
        again = (tmp_path / "again.onnx").read_bytes()
        assert len(again) == size
        assert again == trained.model.read_bytes()


def test_some_styles_are_written_alone() -> None:
    """That of one is a hundredth of Johnson's 6.7 MB, and all together are not more."""
    for name in ("sketch", "easel"):
        whole = find(name)
        assert whole.stat().st_size <= 67_000
        known = [work.name for work in works(whole)]
        for names in (known[3:4], [known[5], known[1]]):
            with TemporaryDirectory() as folder:
                path = Path(folder) / "some.onnx"
                assert export_again(whole, path, names) == path.stat().st_size <= 67_000
                some, all_of_them = Style(Session(path)), Style(Session(whole))
            assert list(some.names) == names
            assert some.metadata["pleinair.name"] == (names[0] if len(names) == 1 else name)
            record = json.loads(some.metadata["pleinair.training"])
            assert [painting["name"] for painting in record["config"]["paintings"]] == names
            assert record["config"]["levers"]["styles"] == len(names)
            photo = np.random.default_rng(0).integers(0, 256, (40, 53, 3), dtype=np.uint8)
            for style in names:
                some.select(style)
                all_of_them.select(style)
                difference = some(photo).astype(int) - all_of_them(photo)
                assert np.abs(difference).max() <= 1  # what was rounded rounds to itself


@pytest.mark.parametrize(
    ("names", "message"), [(["nought"], "no style named 'nought'"), (["a", "a"], "named twice")]
)
def test_styles_that_cannot_be_picked(names: list[str], message: str, tmp_path: Path) -> None:
    known = works(find("sketch"))[0].name
    with pytest.raises(ValueError, match=message):
        export_again(find("sketch"), tmp_path / "no.onnx", [n.replace("a", known) for n in names])
    assert not list(tmp_path.iterdir())


def test_the_record_tells_of_the_run_it_started_from(make_config: Make, tmp_path: Path) -> None:
    train(make_config(seed=5), tmp_path / "first", install=False, console=QUIET)
    config = make_config(init=tmp_path / "first" / "checkpoint.pt", steps=2)
    trained = train(config, tmp_path / "second", install=False, console=QUIET)
    facts = {p.key: p.value for p in onnx.load(trained.model).metadata_props}
    record = json.loads(facts["pleinair.training"])
    assert record["steps"] == 2
    assert record["start"]["steps"] == 4
    assert record["start"]["config"]["seed"] == 5
    assert "start" not in record["start"]
    assert Trainer(config, tmp_path / "second", resume=True, console=QUIET).start is not None


def test_without_its_extra_training_says_what_to_install() -> None:
    hidden = "import sys; sys.modules['torch'] = None; import pleinair.train"
    done = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last == 'ImportError: training needs torch: run  pip install "pleinair[train]"'
