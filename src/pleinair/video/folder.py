"""Paint all clips and pictures of a folder, on one machine or many."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol, TypeAlias

from pleinair.cluster import Done, Folder, Tasks
from pleinair.video.errors import MediaError
from pleinair.video.parts import Parts, add_up, join, paint_part, split
from pleinair.video.picture import is_picture, stylize_picture
from pleinair.video.reader import Image
from pleinair.video.writer import ENCODINGS

CLIPS = (
    *ENCODINGS,
    *(".3gp", ".avi", ".flv", ".m2ts", ".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".wmv"),
)
"""Files that are taken for clips, by their suffix."""

_WORK = ".pleinair"  # in the folder of the results: parts not joined yet, and what is done


class Painter(Protocol):
    """What paints a frame, and forgets the frames before it at a cut, if it knows them."""

    def __call__(self, frame: Image) -> Image:
        """Paint a frame."""

    def reset(self) -> None:
        """Paint the next frame as if it were the first."""


class Recipe(Protocol):
    """How to make a painter anywhere: can be pickled."""

    @property
    def smoothing(self) -> float:
        """How much of the frames before is in a painted one: with 0 each stands for itself."""

    @property
    def digest(self) -> str:
        """Give what differs where paintings do."""

    def style(self) -> Painter:
        """Give a painter that has painted nothing yet."""


@dataclass(frozen=True)
class Job:
    """What all files of a folder have in common.

    Attributes:
        source: folder with clips and pictures.
        target: folder for the painted ones.
        recipe: makes what paints them.
        size: (width, height) to scale to before painting; as they are if None.
        seconds: the least length of a part of a clip.
        version: of the program; another one begins anew.
    """

    source: Folder
    target: Folder
    recipe: Recipe
    size: tuple[int, int] | None
    seconds: float
    version: str


@dataclass(frozen=True)
class Work:
    """A file to paint; `key` tells apart what was painted otherwise, or from another source."""

    job: Job
    source: str
    target: str
    key: str

    @property
    def folder(self) -> str:
        """Where everything lies that is not done yet."""
        return f"{_WORK}/{self.target}"

    @property
    def record(self) -> str:
        """The file that says with which key the target was made."""
        return f"{_WORK}/{self.target}.done"

    def part(self, parts: Parts, number: int) -> str:
        """The file of a part."""
        return f"{self.folder}/{self.key}/{number + 1}-of-{len(parts.spans)}.npz"


@dataclass
class Report:
    """How far a folder is: files and frames done, frames known of, and what went wrong."""

    files: int
    finished: int = 0
    there: int = 0
    frames: int = 0
    painted: int = 0
    errors: dict[str, str] = field(default_factory=dict)


def stylize_folder(
    job: Job,
    tasks: Tasks,
    *,
    cpus: float = 1,
    progress: Callable[[Report], None] | None = None,
) -> Report:
    """Paint all clips and pictures of a folder and of those in it, into files of the same names.

    Clips are cut into parts (see `split`), which are joined when all are painted: whoever paints
    them, the result is the same. Kinds of video that we don't write become `.mp4`. What is painted
    already stays, and a job that was stopped goes on: parts that are finished are kept in a hidden
    folder among the results.

    Args:
        job: what to paint, and how.
        tasks: where; nothing else should be among them.
        cpus: processor cores that each of them gets.
        progress: called when something has ended.

    Returns:
        What was done, with an error for each file that could not be.

    Raises:
        MediaError: there is nothing to paint in the folder.
    """
    works = _works(job)
    report = Report(len(works))
    open_parts: dict[Work, set[int]] = {}

    def add(work: Work, parts: Parts) -> None:
        report.frames += sum(parts.frames)
        open_parts[work] = set(range(len(parts.spans)))
        for number in range(len(parts.spans)):
            if job.target.stamp(work.part(parts, number)) is None:
                tasks.add(_paint, (work, parts, number), cpus=cpus)
            else:
                ended(work, parts, number)

    def ended(work: Work, parts: Parts, number: int) -> None:
        report.painted += parts.frames[number]
        open_parts[work].discard(number)
        if not open_parts[work]:
            tasks.add(_join, (work, parts), cpus=cpus, first=True)

    def follow(done: Done) -> None:
        work = done.task.item[0]
        if work.source in report.errors:
            return  # another part of it
        if done.error is not None:
            report.errors[work.source] = _in_words(done.error)
        elif done.task.function is _split:
            add(work, done.result)
        elif done.task.function is _paint:
            ended(*done.task.item)
        elif done.result is not None:
            report.finished += 1
        else:  # the parts don't add up
            parts = done.task.item[1]
            report.frames -= sum(parts.frames)
            report.painted -= sum(parts.frames)
            add(work, parts.one)

    for work in works:
        if _is_done(work):
            report.there += 1
        else:
            tasks.add(_picture if is_picture(Path(work.source)) else _split, (work,), cpus=cpus)
    for done in tasks:
        follow(done)
        if progress is not None:
            progress(report)
    return report


def _works(job: Job) -> list[Work]:
    works = []
    for source in job.source.names():
        suffix = PurePosixPath(source).suffix.lower()
        if suffix not in CLIPS and not is_picture(Path(source)):
            continue
        target = source if suffix in ENCODINGS or suffix not in CLIPS else f"{source}.mp4"
        facts = (job.recipe.digest, job.size, job.seconds, job.version, job.source.stamp(source))
        works.append(Work(job, source, target, hashlib.sha256(repr(facts).encode()).hexdigest()))
    if not works:
        raise MediaError(f"{job.source}: no clips or pictures there")
    targets = [work.target for work in works]
    for target in targets:
        if targets.count(target) > 1:
            raise MediaError(f"{job.source}: two files would become {target}")
    return works


def _is_done(work: Work) -> bool:
    out = work.job.target
    if out.stamp(work.target) is None or out.stamp(work.record) is None:
        return False
    with out.reading([work.record]) as (record,):
        return record.read_text() == work.key


def _finish(work: Work) -> str:
    """Note that the target is there, and remove what was for making it."""
    out = work.job.target
    with out.writing(work.record, work.folder) as path:
        path.write_text(work.key)
    out.remove(work.folder)
    return work.target


# What follows runs on any machine.

_Item: TypeAlias = "tuple[Work, Parts, int]"


def _split(item: tuple[Work]) -> Parts:
    (work,) = item
    job = work.job
    with _source(work) as path:
        smooth = job.recipe.smoothing > 0
        style = job.recipe.style()
        return split(path, style, size=job.size, at_cuts=smooth, seconds=job.seconds)


def _paint(item: _Item) -> None:
    work, parts, number = item
    job, style = work.job, work.job.recipe.style()
    name = work.part(parts, number)
    with _source(work) as path, job.target.writing(name, f"{work.folder}/{work.key}") as part:
        paint_part(
            path,
            parts.clip,
            parts.spans[number],
            part,
            style,
            kind=Path(work.target).suffix.lower(),
            size=job.size,
            on_cut=style.reset if job.recipe.smoothing else None,
        )


def _join(item: tuple[Work, Parts]) -> str | None:
    work, parts = item
    out = work.job.target
    names = [work.part(parts, number) for number in range(len(parts.spans))]
    with out.reading(names) as files, _source(work) as path:
        if not add_up(parts, files):
            return None
        with out.writing(work.target, work.folder) as target:
            join(path, parts, files, target, size=work.job.size)
    return _finish(work)


def _picture(item: tuple[Work]) -> str:
    (work,) = item
    job = work.job
    with _source(work) as path, job.target.writing(work.target, work.folder) as target:
        stylize_picture(path, target, job.recipe.style(), size=job.size)
    return _finish(work)


@contextmanager
def _source(work: Work) -> Iterator[Path]:
    """Give the file to read; errors speak of it as the user does."""
    path = work.job.source.fetch(work.source)
    try:
        yield path
    except MediaError as error:
        raise MediaError(str(error).replace(str(path), work.source)) from error


def _in_words(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, MediaError) else f"{type(error).__name__}: {text}"
