"""The command line of A/B tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("sqlalchemy", reason="needs sqlalchemy (pip)")
pytest.importorskip("choix", reason="needs choix (pip)")

from pleinair.studio.ab.store import Store
from pleinair.video import scene

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(next(iter(scene.frames(1, 96, 64)))).save(path)
    return path


def test_from_the_making_to_the_export(
    pleinair: Call, easel: Path, own_styles: Path, photo: Path, tmp_path: Path
) -> None:
    folder = ["--folder", str(tmp_path / "runs")]
    models = ["-m", str(easel), "-m", f"dark={own_styles / 'negative.onnx'}"]
    make = ["abtest", "make", "spring", *models, "-c", str(photo), *folder]
    assert pleinair(*make)[0] == 0
    assert "there already" in pleinair(*make)[2]
    assert "spring" in pleinair("abtest", "list", *folder)[1]
    store = Store(tmp_path / "runs" / ".studio" / "ab")
    [test] = store.tests()
    for _ in range(5):
        rater = store.raters.join(test.token, None)
        look = store.raters.progress(test.token, rater).next[0]
        store.raters.vote(test.token, rater, look.id, look.id, "left", 900)
    store.close()
    shown = pleinair("abtest", "show", "spring", *folder)[1]
    assert "easel" in shown
    assert "dark" in shown
    out = tmp_path / "votes.json"
    assert pleinair("abtest", "export", "spring", "--out", str(out), *folder)[0] == 0
    assert json.loads(out.read_text())["models"] == ["easel", "dark"]
    table = tmp_path / "votes.csv"
    assert pleinair("abtest", "export", test.token, "--out", str(table), *folder)[0] == 0
    assert len(table.read_text().splitlines()) == 6
    assert "closed" in pleinair("abtest", "close", "spring", *folder)[1]
    assert "say --yes" in pleinair("abtest", "remove", "spring", *folder)[2]
    assert pleinair("abtest", "remove", "spring", "--yes", *folder)[0] == 0


def test_errors_are_one_line(pleinair: Call, photo: Path, tmp_path: Path) -> None:
    folder = ["--folder", str(tmp_path / "runs")]
    for arguments, words in (
        (["show", "nothing"], "no test named 'nothing' (there are: none)"),
        (["export", "nothing", "--out", "votes.txt"], "neither .json nor .csv"),
        (["make", "t", "-m", "none.onnx", "-m", "easel", "-c", str(photo)], "no such style file"),
        (["list", "--database", "nonsense"], "not the URL of a database"),
        (["serve", "--host", "0.0.0.0"], "name one address of this machine, not all of them"),
        (["serve", "--host", "::"], "name one address of this machine, not all of them"),
        (["serve", "--host", "everywhere"], "not an address such as 192.168.1.20"),
    ):
        status, _, said = pleinair("abtest", *arguments, *folder)
        assert status == 1
        assert words in said
        assert len(said.splitlines()) == 1
