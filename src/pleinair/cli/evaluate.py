"""The commands that judge styles: `evaluate` and `sheet`."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pleinair.cli.options import Size, Threads, parse_size
from pleinair.engine.session import available_cores
from pleinair.video import write_picture

if TYPE_CHECKING:
    from pleinair.evaluate.board import Row


def evaluate(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL…", help="Names of styles, ONNX files, init_net.pb files of 2017."
        ),
    ],
    photos: Annotated[
        list[Path], typer.Option(help="Photograph, or folder of them; may be repeated.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the board.")],
    clips: Annotated[
        list[Path] | None,
        typer.Option(help="Video, or folder of its frames; may be repeated."),
    ] = None,
    flow: Annotated[
        Path | None, typer.Option(help="Folder of Sintel scenes with true motion (gt/*.flo).")
    ] = None,
    paintings: Annotated[Path | None, typer.Option(help="Folder of the paintings.")] = None,
    painting: Annotated[
        list[str] | None,
        typer.Option(metavar="STYLE=FILE", help="The painting of one style; may be repeated."),
    ] = None,
    judges: Annotated[
        Path | None,
        typer.Option(
            help="Folder with squeezenet1_1 and vgg19_to_conv3_1 (.safetensors).",
            show_default="features/ in PLEINAIR_DATA",
        ),
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(
            metavar="pleinair|vgg19|FILE",
            help="What Gatys' optimisation sees with.",
            show_default="vgg19_small in PLEINAIR_DATA, else pleinair",
        ),
    ] = None,
    count: Annotated[
        int | None, typer.Option("--count", min=1, help="How many of the photographs.")
    ] = None,
    photo_size: Annotated[
        int | None, typer.Option(min=128, help="Their longer side in pixels.")
    ] = None,
    painting_size: Annotated[
        int | None,
        typer.Option(
            min=64, help="Longer side of the paintings in pixels.", show_default="as in training"
        ),
    ] = None,
    clip_size: Annotated[
        int | None, typer.Option(min=128, help="Longer side of a clip's frames in pixels.")
    ] = None,
    frames: Annotated[int | None, typer.Option(min=2, help="Frames of a clip.")] = None,
    runs: Annotated[int | None, typer.Option(min=1, help="Timed runs.")] = None,
    gatys_steps: Annotated[
        int | None, typer.Option(min=0, help="Steps of Gatys' optimisation; 0 for none.")
    ] = None,
    threads: Threads = None,
    retime: Annotated[
        bool, typer.Option("--retime", help="Measure speeds anew, even those that are there.")
    ] = False,
    votes: Annotated[
        Path | None, typer.Option(help="What people said: the .json of `abtest export`.")
    ] = None,
) -> None:
    """Put styles side by side: size, speed, likeness and calm, as figures and pictures.

    OUT/index.html shows the board, OUT/board.json has its figures. What was measured before is
    not measured again, so an interrupted board goes on where it was. Needs the packages of
    `pleinair[evaluate]`.
    """
    # PyTorch and OpenCV take seconds to import and may not be there.
    from pleinair.evaluate.board import Board, Material
    from pleinair.evaluate.fidelity import load_judges
    from pleinair.evaluate.inputs import read_clip, read_photos, read_scenes
    from pleinair.evaluate.models import open_painters
    from pleinair.evaluate.paintings import find_painting
    from pleinair.evaluate.settings import Settings
    from pleinair.evaluate.votes import read_votes
    from pleinair.train.features import default_features

    given: dict[str, Any] = {
        "photos": count,
        "photo_size": photo_size,
        "painting_size": painting_size,
        "clip_size": clip_size,
        "frames": frames,
        "runs": runs,
        "gatys_steps": gatys_steps,
        "threads": threads or available_cores(),
    }
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    data = Path(os.environ.get("PLEINAIR_DATA", "../shared/data"))
    heard = read_votes(votes) if votes else None
    named = dict(_pair(text) for text in painting or [])
    painters = [p for model in models for p in open_painters(model, settings.threads)]
    for style in named.keys() - {painter.style for painter in painters}:
        raise ValueError(f"--painting {style}={named[style]}: no model has such a style")
    entries = [
        (painter, find_painting(painter, paintings, named, settings.painting_size))
        for painter in painters
    ]
    material = Material(
        photos=read_photos(photos, settings),
        clips=[read_clip(path, settings) for path in clips or []],
        scenes=read_scenes(flow) if flow else [],
        judges=load_judges(judges or data / "features"),
        features=features or default_features(),
    )
    board = Board(material, settings, out, retime=retime, votes=heard)
    with _shown() as say:
        rows = board.measure(entries, say)
    Console().print(_table(rows))
    print(f"{out / 'index.html'}: {len(rows)} rows")


def sheet(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL…", help="Names of styles, or model files.")
    ],
    out: Annotated[Path, typer.Option(help="Picture to write.")],
    photos: Annotated[
        list[Path] | None, typer.Option(help="Photograph, or folder of them; may be repeated.")
    ] = None,
    clips: Annotated[
        list[Path] | None, typer.Option(help="Video, or folder of its frames; may be repeated.")
    ] = None,
    paintings: Annotated[Path | None, typer.Option(help="Folder of the paintings.")] = None,
    count: Annotated[int, typer.Option(min=1, help="How many of the photographs.")] = 4,
    frames: Annotated[int, typer.Option(min=1, help="Frames of each clip.")] = 3,
    tile: Annotated[
        Size | None,
        typer.Option(
            parser=parse_size, metavar="WxH", help="Size of a picture.", show_default="384x256"
        ),
    ] = None,
    threads: Threads = None,
) -> None:
    """Paint one large picture of all styles of MODEL… on the same photographs and frames.

    Without photographs and clips it shows the scene that the program draws itself. Needs the
    packages of `pleinair[evaluate]`.
    """
    from pleinair.evaluate.models import open_painters
    from pleinair.evaluate.paintings import find_painting
    from pleinair.evaluate.sheet import contact_sheet, read_sources

    painters = [p for model in models for p in open_painters(model, threads or available_cores())]
    found = [find_painting(painter, paintings, {}, None) for painter in painters]
    sources = read_sources(photos or [], clips or [], count, frames)
    rows = [(p, art.path if art else None) for p, art in zip(painters, found, strict=True)]
    with _shown() as say:
        done = itertools.count(1)
        say("painting", 0, len(rows))
        picture = contact_sheet(
            rows, sources, tile or (384, 256), lambda: say("painting", next(done), len(rows))
        )
    write_picture(out, picture)
    print(f"{out}: {len(rows)} styles on {len(sources)} pictures")


def _pair(text: str) -> tuple[str, Path]:
    style, equals, file = text.partition("=")
    if not equals:
        raise ValueError(f"--painting {text}: say STYLE=FILE")
    if not Path(file).is_file():
        raise ValueError(f"--painting {text}: no such file")
    return style, Path(file)


@contextmanager
def _shown() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr that says what is measured."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None)
        yield lambda text, done, total: progress.update(
            task, description=text, completed=done, total=total
        )


def _table(rows: list[Row]) -> Table:
    """The figures that matter most."""
    table = Table(box=None, pad_edge=False)
    table.add_column("model", no_wrap=True)
    table.add_column("style", no_wrap=True)
    headings = ("KB", "kMAC/px", "ms 720p", "style", "content", "warp", "flicker", "shift")
    for heading in headings:
        table.add_column(heading, justify="right")
    for row in rows:
        speed = (row.get("speed") or {}).get("1280x720") or {}
        losses: dict[str, float] = next(filter(None, row["losses"].values()), {})
        figures = [
            row["size_bytes"] / 1000 if "size_bytes" in row else None,
            row.get("kmac_per_pixel"),
            speed.get("ms"),
            losses.get("style_ratio") or losses.get("style"),
            losses.get("content_ratio") or losses.get("content"),
            *((row.get(name) or {}).get("ratio") for name in ("warp", "flicker", "shift")),
        ]
        shown = ("" if figure is None else f"{figure:.3g}" for figure in figures)
        table.add_row(row["model"], row["style"], *shown)
    return table
