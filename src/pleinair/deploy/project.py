"""What the projects for devices share: templates, the engine's sources, a model and its styles."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pleinair.deploy.bundle import DeployError
from pleinair.engine import EngineError, Session
from pleinair.engine.external import with_external_data
from pleinair.engine.library import library
from pleinair.styles import Artwork, Style, StyleError
from pleinair.styles.pick import pick_rows

_HERE = Path(__file__).parent
_SOURCES_FOLDERS = (_HERE / "sources", _HERE.parents[2])
"""Inside the installed package, or the checkout around it."""

_SOURCES = {".cpp", ".h", ".txt", ".cmake", ".in"}
_PARTS = ("core", "include", "kernels", "model", "ops", "plan", "steps")
"""Folders of the engine that every device needs; of `host`, one file."""


@dataclass(frozen=True)
class Offer:
    """A model with the styles that a project gets.

    Attributes:
        name: of the model file.
        content: of it.
        works: its styles, in the order of its input `style`.
    """

    name: str
    content: bytes
    works: tuple[Artwork, ...]

    def write(self, folder: Path) -> None:
        """Write the model file, and make its folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self.name).write_bytes(self.content)

    def listing(self) -> str:
        """JSON for apps: the model's file and its styles."""
        offered = {"model": self.name, "styles": [asdict(work) for work in self.works]}
        return json.dumps(offered, ensure_ascii=False, indent=1) + "\n"

    def table(self) -> str:
        """The styles as a Markdown table."""
        lines = ["| number | style | artwork |", "|---:|---|---|"]
        for row, work in enumerate(self.works):
            told = ", ".join(filter(None, (work.artist, f"*{work.title}*", work.year)))
            lines.append(f"| {row} | `{work.name}` | {told} |")
        return "\n".join(lines)


def offer(path: Path, names: Sequence[str] = ()) -> Offer:
    """Take a model file with some of its styles, in the order given; with all if none is named.

    Raises:
        DeployError: the file is not a style, has none of a name, or can't be had without others.
    """
    try:
        content = with_external_data(path.read_bytes(), path.parent)
        works = Style(Session(content, threads=1), path.stem).artworks
    except (EngineError, StyleError, OSError) as error:
        raise DeployError(f"{path}: {error}") from error
    known = [work.name for work in works]
    if len(works) == 1 and set(names) <= {known[0], path.stem}:  # the catalogue says the file's
        names = ()
    for name in names:
        if name not in known:
            raise DeployError(f"no style named {name!r} in {path.name} ({', '.join(known)})")
    return _picked(path, content, works, [known.index(name) for name in dict.fromkeys(names)])


def _picked(path: Path, content: bytes, works: tuple[Artwork, ...], rows: list[int]) -> Offer:
    """The model with these of its styles; as it is where they are none or all in order."""
    if rows and rows != list(range(len(works))):
        try:
            content = pick_rows(content, Session(content, threads=1).metadata, rows)
        except StyleError as error:
            raise DeployError(f"{path}: {error}") from error
        works = tuple(works[row] for row in rows)
    return Offer(path.name, content, works)


def fill(target: str, folder: Path, chosen: Offer, **words: str) -> None:
    """Copy the templates of a target into a folder, with `@WORDS@` replaced.

    `@MODEL@`, `@ROWS@`, `@TABLE@` and `@VERSION@` are known everywhere.
    """
    words |= {
        "MODEL": chosen.name,
        "ROWS": str(len(chosen.works)),
        "TABLE": chosen.table(),
        "VERSION": engine_version(),
    }
    templates = _HERE / "templates" / target
    for path in sorted(templates.rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            for word, value in words.items():
                text = text.replace(f"@{word}@", value)
            write(folder / path.relative_to(templates), text)


def write(path: Path, text: str) -> None:
    """Write a text file, and make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def copy_engine(folder: Path, *, flat: bool = False) -> None:
    """Copy the engine's sources: as its own CMake has them, or `flat` for other builders.

    Raises:
        DeployError: they are not there.
    """
    source = source_folder() / "engine"
    for part in _PARTS:
        for path in sorted((source / part).iterdir()):
            if path.suffix in _SOURCES:
                _copy(path, folder / part / path.name)
    for name in ("pool.h", "posix.cpp"):
        _copy(source / "host" / name, folder / "host" / name)
    if not flat:
        _copy(source / "CMakeLists.txt", folder / "CMakeLists.txt")


def copy_toolchain(folder: Path) -> None:
    """Copy the toolchain file that makes CMake compile with zig."""
    for name in ("zig.cmake", "zig-tool.sh.in"):
        _copy(source_folder() / "cmake" / name, folder / name)


def copy_licence(folder: Path) -> None:
    """Copy the licence that engine and templates are under."""
    _copy(source_folder() / "LICENSE", folder / "LICENSE")


def source_folder() -> Path:
    """Where the engine's sources lie.

    Raises:
        DeployError: nowhere.
    """
    for folder in _SOURCES_FOLDERS:
        if (folder / "engine" / "include" / "pleinair.h").is_file():
            return folder
    raise DeployError(f"{_SOURCES_FOLDERS[0]}: the engine's sources are not there")


def engine_version() -> str:
    """Version of the engine that runs here."""
    return str(library().pl_version().decode())


def _copy(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, to)
