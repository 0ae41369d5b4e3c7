"""A folder in, a painted folder out, whatever is in it and however often it is stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pleinair import Style, __version__
from pleinair.cluster import Tasks, open_folder
from pleinair.styles.recipe import Recipe, recipe
from pleinair.video import MediaError, scene, stylize_video, write_picture
from pleinair.video.folder import Job, Report, stylize_folder
from tests.video.clips import frames_of, keyed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with two clips, a photo, and what isn't any of these."""
    source = tmp_path / "in"
    (source / "more").mkdir(parents=True)
    keyed(source / "a.mp4")
    keyed(source / "more" / "b.avi", count=30)
    write_picture(source / "more" / "photo.png", next(iter(scene.frames(1, 96, 64))))
    (source / "notes.txt").write_text("not a clip")
    (source / ".hidden.mp4").write_text("nor this")
    return source


@pytest.fixture
def dots(easel: Path) -> Recipe:
    return recipe("dots", model=str(easel), threads=1)


def paint(
    source: Path | str, target: Path | str, style: Recipe, jobs: int = 1, **changes: Any
) -> Report:
    options = {"size": None, "seconds": 0.9, "version": "1", **changes}
    job = Job(open_folder(str(source)), open_folder(str(target)), style, **options)
    with Tasks(jobs=jobs) as tasks:
        return stylize_folder(job, tasks)


def files(folder: Path) -> dict[str, bytes]:
    """Give all files but hidden ones."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.parts)
    }


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Give a list that grows by an item with each frame that is painted in this process."""
    count: list[None] = []
    method = Style.paint

    def counting(*arguments: Any) -> None:
        count.append(None)
        method(*arguments)

    monkeypatch.setattr(Style, "paint", counting)
    return count


def test_everything_is_painted_under_its_name(folder: Path, tmp_path: Path, dots: Recipe) -> None:
    report = paint(folder, tmp_path / "out", dots)
    assert report == Report(files=3, finished=3, frames=80, painted=80)
    made = files(tmp_path / "out")
    assert sorted(made) == ["a.mp4", "more/b.avi.mp4", "more/photo.png"]
    stylize_video(folder / "a.mp4", tmp_path / "one.mp4", dots.style())
    for a, b in zip(
        frames_of(tmp_path / "one.mp4"), frames_of(tmp_path / "out" / "a.mp4"), strict=True
    ):
        assert np.abs(a.astype(float) - b).mean() < 5


def test_who_paints_makes_no_difference(folder: Path, tmp_path: Path, dots: Recipe) -> None:
    for name, place, jobs in (
        ("here", str(tmp_path / "here"), 1),
        ("two", str(tmp_path / "two"), 2),
        ("url", f"file://{tmp_path / 'url'}", 1),
    ):
        source = folder if name != "url" else f"file://{folder}"
        assert paint(source, place, dots, jobs).finished == 3
    here = files(tmp_path / "here")
    assert len(here) == 3
    assert files(tmp_path / "two") == here
    assert files(tmp_path / "url") == here
    for name in ("here", "two", "url"):  # nothing is left of the work but the records
        rest = (tmp_path / name / ".pleinair").rglob("*")
        assert {path.suffix for path in rest if path.is_file()} == {".done"}


def test_what_is_there_is_not_painted_again(
    folder: Path, tmp_path: Path, dots: Recipe, painted: list[None]
) -> None:
    paint(folder, tmp_path / "out", dots)
    assert len(painted) == 80
    painted.clear()
    assert paint(folder, tmp_path / "out", dots) == Report(files=3, there=3)
    assert not painted
    # Another style, another source and a result that was removed are other things.
    keyed(folder / "a.mp4", count=20)
    assert paint(folder, tmp_path / "out", dots).finished == 1
    assert len(frames_of(tmp_path / "out" / "a.mp4")) == len(painted) == 20
    (tmp_path / "out" / "more" / "photo.png").unlink()
    report = paint(folder, tmp_path / "out", dots)
    assert (report.finished, report.there) == (1, 2)
    assert paint(folder, tmp_path / "out", dots, size=(64, 48)).finished == 3


def test_a_bad_file_spoils_no_other(folder: Path, tmp_path: Path, dots: Recipe) -> None:
    (folder / "cut.mp4").write_bytes((folder / "a.mp4").read_bytes()[:3000])
    (folder / "empty.png").touch()
    report = paint(folder, tmp_path / "out", dots, jobs=2)
    assert report.errors == {
        "cut.mp4": "cut.mp4: not a video, or a truncated one",
        "empty.png": "empty.png: is empty",
    }
    assert report.finished == 3
    assert len(files(tmp_path / "out")) == 3


def test_a_folder_without_clips_is_an_error(tmp_path: Path, dots: Recipe) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(MediaError, match="in: no clips or pictures there"):
        paint(tmp_path / "in", tmp_path / "out", dots)


def test_finished_parts_outlive_a_kill(
    folder: Path,
    tmp_path: Path,
    easel: Path,
    dots: Recipe,
    painted: list[None],
) -> None:
    keyed(folder / "long.mp4", count=240, every=10, size=(320, 240))
    out = tmp_path / "out"
    program = (
        "import sys\n"
        "from pleinair.video import parts\n"
        "from pleinair.cli import main\n"
        "parts.SECONDS = 0.7\n"
        "if __name__ == '__main__':\n"
        "    main()\n"
    )
    (tmp_path / "program.py").write_text(program)
    arguments = ["stylize", str(folder), str(out), "-s", "dots", "--model", str(easel)]
    command = [sys.executable, str(tmp_path / "program.py"), *arguments, "--threads", "1"]
    process = subprocess.Popen([*command, "--jobs", "2"], stderr=subprocess.DEVNULL)
    work = out / ".pleinair" / "long.mp4"
    while len(list(work.rglob("[0-9]*-of-*.npz"))) < 2:
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    there = list((out / ".pleinair").rglob("[0-9]*-of-*.npz"))  # of other clips, too
    assert 2 <= len(there) < 18
    assert not (out / "long.mp4").exists()

    kept = sum(len(np.load(path)["times"]) for path in there)
    short = [out / name for name in ("a.mp4", "more/b.avi.mp4") if (out / name).exists()]
    kept += sum(len(frames_of(path)) for path in short)
    assert paint(folder, out, dots, version=__version__, seconds=0.7).errors == {}
    assert len(painted) == 320 - kept
    paint(folder, tmp_path / "again", dots, seconds=0.7)
    assert files(out) == files(tmp_path / "again")
