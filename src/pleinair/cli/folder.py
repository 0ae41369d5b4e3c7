"""What `stylize` does with a folder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from pleinair import __version__
from pleinair.cluster import Tasks, open_folder
from pleinair.engine.session import available_cores
from pleinair.styles.recipe import Recipe
from pleinair.video import parts
from pleinair.video.folder import Job, Report, stylize_folder


def is_folder(source: str) -> bool:
    """Say whether this is a folder, or a URL, which can be nothing else here."""
    return "://" in source or Path(source).is_dir()


def paint_folder(
    source: str,
    target: str,
    recipe: Callable[[int | None], Recipe],
    *,
    size: tuple[int, int] | None,
    threads: int | None,
    jobs: int,
    cluster: str | None,
) -> None:
    """Paint a folder, show how far it is, and say at last which files could not be painted.

    Raises:
        typer.Exit: some could not; all others are painted.
    """
    _check_apart(source, target)
    if threads is None and cluster:
        threads = 1
    elif threads is None and jobs > 1:
        threads = max(1, available_cores() // jobs)
    made = recipe(threads)
    job = Job(open_folder(source), open_folder(target), made, size, parts.SECONDS, __version__)
    with Tasks(cluster, jobs=jobs) as tasks, _bar(source) as progress:
        report = stylize_folder(job, tasks, cpus=threads or 1, progress=progress)
    already = f", {report.there} were there already" if report.there else ""
    print(f"{target}: {report.finished} of {report.files} files painted{already}")
    for name, message in sorted(report.errors.items()):
        named = message if message.startswith(name) else f"{name}: {message}"
        print(f"pleinair: {named}", file=sys.stderr)
    if report.errors:
        raise typer.Exit(1)


def _check_apart(source: str, target: str) -> None:
    """Refuse results among the sources: they would be painted the next time."""
    if "://" in source or "://" in target:
        inside = f"{target.rstrip('/')}/".startswith(f"{source.rstrip('/')}/")
    else:
        inside = Path(target).resolve().is_relative_to(Path(source).resolve())
    if inside:
        raise ValueError(f"{target}: is in the folder to paint; give another place")
    if "://" not in target and Path(target).exists() and not Path(target).is_dir():
        raise ValueError(f"{target}: is a file, and {source} a folder")


@contextmanager
def _bar(title: str) -> Iterator[Callable[[Report], None]]:
    """Show on stderr how many frames are painted, and how many files."""
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} frames, {task.fields[files]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(title, total=0, files="looking")

        def show(report: Report) -> None:
            ended = report.finished + report.there + len(report.errors)
            files = f"{ended} of {report.files} files"
            bars.update(task, completed=report.painted, total=report.frames, files=files)

        yield show
