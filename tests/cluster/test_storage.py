"""Folders on disks and behind URLs behave alike."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

from pleinair.cluster import Folder, open_folder


@pytest.fixture(params=["disk", "file", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    if request.param != "disk":
        pytest.importorskip("fsspec")
    places = {"disk": str(tmp_path / "f"), "file": f"file://{tmp_path / 'f'}"}
    folder = open_folder(places.get(request.param, f"memory://{tmp_path.name}"))
    again: Folder = pickle.loads(pickle.dumps(folder))
    return again


def write(folder: Folder, name: str, text: str) -> None:
    with folder.writing(name, ".work") as path:
        path.write_text(text)


def test_what_is_written_is_there(folder: Folder) -> None:
    assert folder.stamp("a/b.txt") is None
    write(folder, "a/b.txt", "one")
    write(folder, "c.txt", "two")
    write(folder, ".hidden/d.txt", "three")
    assert folder.names() == ["a/b.txt", "c.txt"]
    assert folder.fetch("a/b.txt").read_text() == "one"
    with folder.reading(["c.txt", ".hidden/d.txt"]) as paths:
        assert [path.read_text() for path in paths] == ["two", "three"]


def test_a_stamp_changes_with_the_file(folder: Folder) -> None:
    write(folder, "a.txt", "one")
    before = folder.stamp("a.txt")
    assert before is not None
    assert folder.fetch("a.txt").read_text() == "one"
    write(folder, "a.txt", "three")
    assert folder.stamp("a.txt") != before
    assert folder.fetch("a.txt").read_text() == "three"


def test_what_fails_leaves_the_file_as_it_was(folder: Folder) -> None:
    write(folder, "a.txt", "one")
    with pytest.raises(RuntimeError), folder.writing("a.txt", ".work") as path:
        path.write_text("half")
        raise RuntimeError
    assert folder.fetch("a.txt").read_text() == "one"
    assert folder.names() == ["a.txt"]


def test_folders_are_removed_whole(folder: Folder) -> None:
    write(folder, "a/b/c.txt", "one")
    write(folder, "d.txt", "two")
    folder.remove("a")
    folder.remove("a")
    assert folder.names() == ["d.txt"]


def test_fsspec_missing_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(ImportError, match=r"gone:// needs .* pip install 'pleinair\[cluster\]'"):
        open_folder("gone://bucket/folder")
    open_folder("a/folder")  # which needs none
