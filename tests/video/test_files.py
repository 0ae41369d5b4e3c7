"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pleinair.video import MediaError
from pleinair.video.files import replacing


def test_appears_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with replacing(target) as temporary:
        temporary.write_text("new")
        assert temporary.parent == target.parent
        assert temporary.suffix == ".txt"
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_after_an_error(error: type[BaseException], tmp_path: Path) -> None:
    with pytest.raises(error), replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise error
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("named", [True, False])
def test_errors_speak_of_the_target(named: bool, tmp_path: Path) -> None:
    full = errno.ENOSPC
    with (
        pytest.raises(MediaError, match=r"/a\.txt: can't write it \(No space left on device\)$"),
        replacing(tmp_path / "a.txt") as temporary,
    ):
        raise OSError(full, os.strerror(full), *([str(temporary)] if named else []))


def test_errors_about_other_files_stay(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "a.txt"):
        (tmp_path / "other").read_text()
