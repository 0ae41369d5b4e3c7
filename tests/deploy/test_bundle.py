from __future__ import annotations

from pathlib import Path

import pytest

from pleinair.deploy.bundle import DeployError, new_folder


def test_contents_appear_at_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    with new_folder(folder) as making:
        (making / "file").write_text("text")
        assert not folder.exists()
    assert (folder / "file").read_text() == "text"
    assert list(tmp_path.iterdir()) == [folder]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    with new_folder(folder) as making:
        (making / "file").touch()
    assert (folder / "file").exists()


def test_nothing_is_left_of_what_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), new_folder(tmp_path / "page") as making:
        (making / "file").touch()
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(DeployError, match="not empty"), new_folder(tmp_path):
        pass
    with pytest.raises(DeployError, match="not empty"), new_folder(tmp_path / "mine"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_no_parent_folder(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="no such folder"), new_folder(tmp_path / "a" / "b"):
        pass
