"""`stylize` on a folder, as a person calls it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pleinair.video import scene, write_picture

Pleinair = Callable[..., "tuple[int, str, str]"]

pytestmark = pytest.mark.usefixtures("own_styles")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with two pictures."""
    source = tmp_path / "in"
    source.mkdir()
    for number, image in enumerate(scene.frames(2, 96, 64)):
        write_picture(source / f"{number}.png", image)
    return source


def test_a_folder_is_painted(folder: Path, tmp_path: Path, pleinair: Pleinair) -> None:
    out = tmp_path / "out"
    status, said, _ = pleinair("stylize", folder, out, "-s", "negative")
    assert (status, said) == (0, f"{out}: 2 of 2 files painted\n")
    status, said, _ = pleinair("stylize", folder, out, "-s", "negative", "--jobs", 2)
    assert (status, said) == (0, f"{out}: 0 of 2 files painted, 2 were there already\n")


def test_bad_files_are_named_at_the_end(folder: Path, tmp_path: Path, pleinair: Pleinair) -> None:
    (folder / "bad.mp4").write_bytes(b"no video")
    (folder / "empty.jpg").touch()
    status, said, err = pleinair("stylize", folder, tmp_path / "out", "-s", "negative")
    assert status == 1
    assert said == f"{tmp_path / 'out'}: 2 of 4 files painted\n"
    lines = [line for line in err.splitlines() if line.startswith("pleinair: ")]
    assert lines == [
        "pleinair: bad.mp4: not a video, or a truncated one",
        "pleinair: empty.jpg: is empty",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["in", "in/out"], "in/out: is in the folder to paint; give another place"),
        (["in", "in"], "in: is in the folder to paint; give another place"),
        (["in", "in/0.png"], "in/0.png: is in the folder to paint"),
        (["in/0.png", "a.png", "--jobs", "2"], "in/0.png: --jobs and --cluster are for folders"),
        (["in", "out", "--jobs", "2", "--cluster", "auto"], "--jobs is for this machine"),
        (["none", "out", "--style", "nought"], "no style named 'nought'"),
    ],
)
def test_what_can_not_be_is_one_clear_line(
    arguments: list[str],
    message: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    pleinair: Pleinair,
) -> None:
    monkeypatch.chdir(folder.parent)
    status, said, err = pleinair("stylize", *arguments[:2], "-s", "negative", *arguments[2:])
    assert (status, said) == (1, "")
    assert err.startswith("pleinair: ")
    assert message in err
    assert err.count("\n") == 1
