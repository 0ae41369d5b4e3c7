"""Painting for the gallery: one thing after another, in a thread of its own, kept on disk."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pleinair.engine import EngineError
from pleinair.engine.library import library_path
from pleinair.studio.files import Source
from pleinair.studio.models import opened
from pleinair.styles import StyleError, model_files, works
from pleinair.video import (
    MediaError,
    Progress,
    probe,
    read_picture,
    scene,
    stylize_video,
    write_picture,
)
from pleinair.video.reader import Image
from pleinair.video.stylize import Paint

STILL, MOVING = 1280, 640
"""Longer side, in pixels, of what is painted of photos and of clips."""

FULL_STILL, FULL_MOVING = 4096, 1920
"""The same of what is painted in full size."""

_WAITING = 200


@dataclass(frozen=True)
class Choice:
    """A style of a model: what a picture may be painted with.

    Attributes:
        key: hash of the model and the style.
        style, title: the style's name, and its name for people.
        model: what the model is called.
        path: its file.
    """

    key: str
    style: str
    title: str
    model: str
    path: Path


@dataclass
class Work:
    """A picture or a clip that is to be painted, is being painted, or is there.

    Attributes:
        path: where it is, once it is `done`.
        begun: it is being painted.
        part: how much of it is painted, 0 to 1.
        error: why it isn't there, in one line.
    """

    path: Path
    begun: bool = False
    part: float = 0.0
    error: str = ""
    done: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.done or bool(self.error)


class Painter:
    """Paints sources in styles into a folder, each pair once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._works: dict[str, Work] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="painter")
        self._copier = ThreadPoolExecutor(1, thread_name_prefix="copier")
        self._lock = threading.Lock()
        self._closed = False

    def painted(self, source: Source, choice: Choice, *, full: bool = False) -> Work:
        """The source in a style, small or in full size: there, or on its way."""

        def paint() -> Paint:
            return opened(str(choice.path), choice.style)

        return self._work(self._thread, source, choice.key, paint, full)

    def original(self, source: Source, *, full: bool = False) -> Work:
        """The source as it is, as large and encoded as what is painted of it."""
        return self._work(self._copier, source, "original", lambda: _unchanged, full)

    def close(self) -> None:
        """Start nothing more, and leave the clip that is being painted."""
        self._closed = True
        for thread in (self._thread, self._copier):
            thread.shutdown(wait=False, cancel_futures=True)

    def _work(
        self,
        thread: ThreadPoolExecutor,
        source: Source,
        how: str,
        paint: Callable[[], Paint],
        full: bool,
    ) -> Work:
        suffix = ".jpg" if source.still else ".mp4"
        longer = _longer(source.still, full)
        text = f"{source.key} {how} {longer} {_engine()}"
        path = self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}{suffix}"
        with self._lock:
            work = self._works.get(path.name)
            if work is not None and not work.error and (not work.done or path.is_file()):
                return work
            work = self._works[path.name] = Work(path)
            if path.is_file():
                work.done, work.part = True, 1.0
            elif sum(not other.over for other in self._works.values()) > _WAITING:
                work.error = "too much is waiting to be painted: try again later"
            else:
                thread.submit(self._run, work, source, paint, longer)
        return work

    def _run(self, work: Work, source: Source, paint: Callable[[], Paint], longer: int) -> None:
        work.begun = True
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if source.still:
                write_picture(work.path, paint()(_fitted(source, longer)))
            else:
                self._film(work, source, paint(), longer)
            work.part, work.done = 1.0, True
        except (MediaError, StyleError, EngineError, OSError) as error:
            work.error = " ".join(str(error).split())
        except Exception as error:  # what an unknown model makes go wrong is shown all the same
            work.error = f"{type(error).__name__}: {error}"

    def _film(self, work: Work, source: Source, paint: Paint, longer: int) -> None:
        clip = probe(source.path)

        def report(progress: Progress) -> None:
            if self._closed:
                raise MediaError("the studio was closed")
            work.part = min(0.99, progress.done / max(1, progress.total))

        size = _within(clip.width, clip.height, longer)
        stylize_video(source.path, work.path, paint, size=size, progress=report)


def choices(runs: Path, brought: Sequence[Path] = ()) -> list[Choice]:
    """All styles there are: the user's, the shipped, ``brought`` ones and those of runs, once each.

    Of the runs the finished ones come first, then the trials of sweeps.
    """
    made = [*sorted(runs.glob("*/*.onnx")), *sorted(runs.glob("*/trials/*/model.onnx"))]
    named = {path: path.stem for path in (*reversed(model_files()), *brought)}
    named |= {path: run_name(runs, path) for path in made if path.is_file()}
    found: dict[str, Choice] = {}
    for path, model in named.items():
        content = _hash(path, path.stat().st_mtime_ns)
        for work in works(path):
            key = f"{content}{work.name}" if len(works(path)) > 1 else content
            key = hashlib.sha256(key.encode()).hexdigest()[:16]
            found.setdefault(key, Choice(key, work.name, work.title, model, path))
    return list(found.values())


def scene_source(folder: Path) -> Source:
    """A picture that the program draws itself, for when there is no other."""
    path = folder / "the-scene.png"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_picture(path, list(scene.frames(12, STILL, 800))[5])
    return Source("scene", "A lake in the evening", path)


def run_name(runs: Path, path: Path) -> str:
    """What a model in the folder of the runs is called."""
    parts = path.relative_to(runs).parts
    if len(parts) == 2:
        return parts[0] if parts[0] == path.stem else f"{parts[0]}/{path.stem}"
    return f"{parts[0]} #{parts[2]}"


def can_be_larger(source: Source) -> bool:
    """Whether in full size more of a source is seen."""
    if source.still:
        longer = int(max(read_picture(source.path).shape[:2]))
    else:
        clip = probe(source.path)
        longer = max(clip.width, clip.height)
    return longer > _longer(source.still, full=False)


def _longer(still: bool, full: bool) -> int:
    if full:
        return FULL_STILL if still else FULL_MOVING
    return STILL if still else MOVING


def _fitted(source: Source, longer: int) -> Image:
    picture = read_picture(source.path)
    height, width = picture.shape[:2]
    size = _within(width, height, longer)
    return picture if size == (width, height) else read_picture(source.path, size)


def _within(width: int, height: int, longer: int) -> tuple[int, int]:
    """A size of the same shape, its sides even, the longer one at most so many pixels."""
    scale = min(1.0, longer / max(width, height))
    return max(16, round(width * scale / 2) * 2), max(16, round(height * scale / 2) * 2)


def _unchanged(image: Image) -> Image:
    return image


@lru_cache(4096)
def _hash(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(1)
def _engine() -> str:
    return hashlib.sha256(library_path().read_bytes()).hexdigest()[:12]
