"""Commands that paint: `stylize` and `demo`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
)
from rich.text import Text

from pleinair.cli.folder import is_folder, paint_folder
from pleinair.cli.options import Device, Size, Threads, parse_size
from pleinair.styles import MODELS, Style, catalogue, load
from pleinair.styles.catalogue import DEFAULT_MODEL
from pleinair.styles.recipe import recipe
from pleinair.video import (
    MediaError,
    is_picture,
    scene,
    stylize_images,
    stylize_picture,
    stylize_video,
)
from pleinair.video import Progress as Done


def stylize(
    source: Annotated[
        str, typer.Argument(metavar="IN", help="Picture or video to paint, or a folder of them.")
    ],
    target: Annotated[str, typer.Argument(metavar="OUT", help="File or folder to write.")],
    style: Annotated[
        str,
        typer.Option(
            "--style",
            "-s",
            help="Name of a style, a mixture (a+b, a:0.7,b:0.3), or path of a file.",
        ),
    ],
    size: Annotated[
        Size | None,
        typer.Option(
            parser=parse_size,
            metavar="WxH",
            help="Scale to this many pixels first, for example 1280x720.",
            show_default="as it is",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="NAME_OR_PATH",
            help=f"Model to paint with: {', '.join(MODELS)} (the finest), or a file.",
            show_default=DEFAULT_MODEL,
        ),
    ] = None,
    strength: Annotated[
        float, typer.Option(min=0, max=1, help="How much of the painting is seen over the photo.")
    ] = 1.0,
    keep_colours: Annotated[
        bool, typer.Option("--keep-colours", help="Keep the photo's own colours.")
    ] = False,
    smoothing: Annotated[
        float,
        typer.Option(
            min=0, max=0.99, help="Against flicker in video: share of the frames before, 0 to 0.99."
        ),
    ] = 0.0,
    threads: Threads = None,
    device: Device = "cpu",
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Of a folder, paint so many things at once.", show_default="1"),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Paint a folder on a Ray cluster: auto, HOST:PORT or ray://HOST:PORT.",
        ),
    ] = None,
) -> None:
    """Paint a picture or a video, or all in a folder.

    The suffix of OUT says what is written. A video keeps its frame rate, its duration and its
    sound. OUT is there when it is complete, or not at all.

    Of a folder, what is painted already is left out, and what was stopped goes on. Folders may be
    URLs of an object store.
    """
    if is_folder(source):
        if jobs and cluster:
            raise ValueError("--jobs is for this machine: leave it out, or --cluster")
        paint_folder(
            source,
            target,
            lambda threads: recipe(
                style,
                model=model,
                threads=threads,
                smoothing=smoothing,
                strength=strength,
                colours=float(keep_colours),
                device=device,
            ),
            size=size,
            threads=threads,
            jobs=jobs or 1,
            cluster=cluster,
        )
    elif jobs or cluster:
        raise ValueError(f"{source}: --jobs and --cluster are for folders")
    else:
        paint = load(style, model=model, threads=threads, smoothing=smoothing, device=device)
        paint.strength, paint.colours = strength, float(keep_colours)
        _paint_file(Path(source), Path(target), paint, size, smoothing > 0)


def _paint_file(
    source: Path, target: Path, paint: Style, size: Size | None, smoothing: bool
) -> None:
    if is_picture(source) != is_picture(target):
        kinds = ("picture", "video") if is_picture(source) else ("video", "picture")
        raise MediaError(f"{source} is a {kinds[0]}, and {target} would be a {kinds[1]}")
    if is_picture(source):
        stylize_picture(source, target, paint, size=size)
    else:
        with _progress(source.name) as report:
            cut = paint.reset if smoothing else None
            stylize_video(source, target, paint, size=size, progress=report, on_cut=cut)
    print(f"{target}: painted in {paint.title}")


def demo(
    output: Annotated[Path, typer.Option(help="Folder for the videos.")] = Path(),
    size: Annotated[
        Size | None,
        typer.Option(
            parser=parse_size,
            metavar="WxH",
            help="Size of the videos in pixels.",
            show_default="960x540",
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.2, max=60, help="Length of the videos.")] = 6.0,
    threads: Threads = None,
) -> None:
    """Paint a short moving scene in every style there is.

    The scene is drawn by the program itself: a boat on a lake in the evening.
    """
    size = size or Size(960, 540)
    count = round(seconds * scene.RATE)
    written = []
    for name in catalogue():
        paint = load(name, threads=threads)
        target = output / f"pleinair-demo-{name}.mp4"
        with _progress(paint.title) as report:
            stylize_images(
                scene.frames(count, *size),
                target,
                paint,
                count=count,
                size=size,
                rate=scene.RATE,
                progress=report,
            )
        written.append(target)
    print("Painted:")
    for target in written:
        print(f"  {target.resolve()}")
    if written:
        _show(written[0])


def _show(path: Path) -> None:
    """Open a file with the desktop's own player, where there is a desktop."""
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    opener = shutil.which("xdg-open")
    if screen and opener:
        subprocess.Popen([opener, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class _Speed(ProgressColumn):
    """Frames per second, and the time left at that speed."""

    def render(self, task: Task) -> Text:
        done: Done | None = task.fields["last"]
        if done is None:
            return Text()
        minutes, seconds = divmod(round(done.seconds_left), 60)
        return Text(f"{done.fps:5.1f} fps  {minutes}:{seconds:02} left")


@contextmanager
def _progress(title: str) -> Iterator[Callable[[Done], None]]:
    """Show a bar on stderr from the first painted frame on."""
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        _Speed(),
    )
    bars = Progress(*columns, console=Console(stderr=True))
    task = bars.add_task(title, total=None, last=None)

    with ExitStack() as shown:

        def report(done: Done) -> None:
            if done.done == 1:
                shown.enter_context(bars)
            bars.update(task, completed=done.done, total=done.total, last=done)

        yield report
