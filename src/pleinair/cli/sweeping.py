"""The command that searches for a network: `sweep`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pleinair.cli.options import Size, Threads, parse_size
from pleinair.engine.session import available_cores

if TYPE_CHECKING:
    from pleinair.sweep.config import SweepConfig
    from pleinair.sweep.run import Outcome, Sweep

_JUDGE = "squeezenet1_1.safetensors"


def sweep(
    paintings: Annotated[
        list[Path],
        typer.Argument(metavar="PAINTING…", help="Pictures of artworks; each becomes a style."),
    ],
    photos: Annotated[
        list[Path], typer.Option(help="Folder of photographs to practise on; may be repeated.")
    ],
    name: Annotated[
        str | None, typer.Option(help="Of the model.", show_default="the first painting's")
    ] = None,
    target_fps: Annotated[
        float, typer.Option(min=0.1, help="Frames a second that the network must paint.")
    ] = 30.0,
    size: Annotated[
        Size | None,
        typer.Option(
            parser=parse_size, metavar="WxH", help="Of these frames.", show_default="1280x720"
        ),
    ] = None,
    device: Annotated[
        str,
        typer.Option(
            metavar="here|iphone6s|pixel4|galaxya52s|pixel4-small",
            help="Where: measured here, or estimated for a phone.",
        ),
    ] = "here",
    threads: Threads = None,
    trials: Annotated[int, typer.Option(min=1, help="How many networks to train.")] = 40,
    steps: Annotated[int, typer.Option(min=3, help="How long to train each.")] = 300,
    batch: Annotated[int, typer.Option(min=1, help="Photographs per step.")] = 4,
    crop: Annotated[
        list[int] | None,
        typer.Option(
            help="Side of the training crops in pixels; may be repeated to have it searched, "
            "with a batch that costs as much as that of the first.",
            show_default="192, 256",
        ),
    ] = None,
    features: Annotated[
        str | None,
        typer.Option(
            metavar="pleinair|vgg19|FILE",
            help="What training sees with.",
            show_default="as for training",
        ),
    ] = None,
    held_out: Annotated[
        Path | None,
        typer.Option(
            help="File of the features that judge.",
            show_default=f"{_JUDGE} in PLEINAIR_DATA, or else those of training",
        ),
    ] = None,
    judged: Annotated[
        list[Path] | None,
        typer.Option(
            help="Photograph, or folder of them, to judge by; may be repeated.",
            show_default="some of --photos, then not trained on",
        ),
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, help="How many of these.", show_default="4")
    ] = None,
    clips: Annotated[
        list[Path] | None,
        typer.Option(help="Video, or folder of its frames, for the warp error; may be repeated."),
    ] = None,
    stopping: Annotated[
        bool, typer.Option("--stopping/--no-stopping", help="Stop poor trials early.")
    ] = True,
    precision: Annotated[
        str, typer.Option(metavar="float32|bfloat16", help="Of the training's convolutions.")
    ] = "float32",
    train_device: Annotated[
        str, typer.Option(metavar="cpu|cuda|mps|auto", help="Where to train.")
    ] = "auto",
    train_threads: Annotated[
        int | None, typer.Option(min=1, help="Processor cores to train with.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the trials and the report.", show_default="sweeps/NAME"),
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Database of the study, like postgresql+psycopg://user@host/name.",
            show_default="study.db in OUT",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Trials at once.", show_default="1, on a cluster one per core"),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="auto|HOST:PORT|ray://…", help="Train on this Ray cluster."),
    ] = None,
    cpus: Annotated[float, typer.Option(min=0, help="Cores that a trial asks of a cluster.")] = 1,
    gpus: Annotated[float, typer.Option(min=0, help="GPUs that a trial asks of a cluster.")] = 0,
    install: Annotated[
        bool, typer.Option("--install", help="Copy the winner to your style folder.")
    ] = False,
) -> None:
    """Search for the best-looking network that paints so many frames a second.

    Each trial trains a network of its own; OUT/report.html shows what came of them, and
    OUT/winner.onnx is ready for `pleinair stylize`. After Ctrl-C, or whatever else ended it, the
    same command goes on where it was. Needs the packages of `pleinair[sweep]`.
    """
    # PyTorch and Optuna take seconds to import and may not be there.
    from pleinair.sweep.run import Sweep

    config = _config(paintings, photos, name, locals())
    folder = out or Path("sweeps") / config.name
    with _shown(config) as (say, step):
        search = Sweep(config, folder, storage, say, step)
        if cluster is None and (jobs or 1) == 1:
            outcome = search.run(install=install)
        else:
            outcome = _away(search, folder, cluster, jobs, (cpus, gpus), install)
    _tell(config, outcome)


def _config(
    paintings: list[Path], photos: list[Path], name: str | None, given: dict[str, Any]
) -> SweepConfig:
    """The settings of the options that were given."""
    from pleinair.sweep.config import SweepConfig
    from pleinair.train.config import Painting
    from pleinair.train.features import default_features

    made = [Painting(path, _plain(path)) for path in paintings]
    if name is not None and len(made) == 1:
        made = [replace(made[0], name=name)]
    data = Path(os.environ.get("PLEINAIR_DATA", "../shared/data")) / "features" / _JUDGE
    settings = {
        "target_fps": given["target_fps"],
        "size": given["size"] and tuple(given["size"]),
        "device": given["device"],
        "threads": given["threads"] or available_cores(),
        "trials": given["trials"],
        "steps": given["steps"],
        "batch": given["batch"],
        "crops": tuple(given["crop"] or ()) or None,
        "features": given["features"] or default_features(),
        "held_out": given["held_out"] or (data if data.is_file() else None),
        "judged": tuple(given["judged"] or ()),
        "judged_count": given["count"],
        "clips": tuple(given["clips"] or ()),
        "stopping": given["stopping"],
        "precision": given["precision"],
        "train_device": given["train_device"],
        "train_threads": given["train_threads"],
        "seed": given["seed"],
    }
    return SweepConfig(
        paintings=tuple(made),
        photos=tuple(photos),
        name=name or made[0].name,
        **{key: value for key, value in settings.items() if value is not None},
    )


def _plain(path: Path) -> str:
    """A style's name from a file's."""
    words = "".join(c if c.isalnum() and c.isascii() else " " for c in path.stem.lower())
    return "-".join(words.split()) or "painting"


def _away(
    search: Sweep,
    out: Path,
    cluster: str | None,
    jobs: int | None,
    needs: tuple[float, float],
    install: bool,
) -> Outcome:
    """Run the trials in several processes, or on a cluster."""
    from pleinair.cluster import Tasks
    from pleinair.sweep.cluster import run_away, slots

    with Tasks(cluster, jobs=jobs or 1) as tasks:
        at_once = jobs or slots(*needs)
        return search.run(
            lambda following: run_away(following, out, tasks, at_once, *needs), install=install
        )


@contextmanager
def _shown(config: SweepConfig) -> Iterator[Any]:
    """A bar on stderr, and a line for every trial that ends."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    console = Console(stderr=True, highlight=False)
    progress = Progress(*columns, console=console)
    task = progress.add_task("", total=config.trials)

    def say(text: str) -> None:
        progress.start()
        progress.console.print(text, markup=False)

    def step(number: int, done: int, ended: int) -> None:
        progress.start()
        progress.update(task, completed=ended, description=f"trial {number}, step {done}")

    try:
        yield say, step
    finally:
        if progress.live.is_started:
            progress.stop()


def _tell(config: SweepConfig, outcome: Outcome) -> None:
    """What came of it, or an error where nothing did."""
    from pleinair.sweep.words import compared, picked

    for found in outcome.comparisons:
        print(compared(found.to_dict()))
    print(f"{outcome.report}: {outcome.trained} trials, {outcome.rejected} networks too slow")
    if outcome.winner is None:
        raise ValueError(
            f"no network paints {config.target_fps:g} frames a second when measured afresh: "
            "lower --target-fps or --size, or go on with more --trials"
        )
    print(f"{outcome.winner.model}: {picked(outcome.winner.to_dict())}")
    style = config.name if outcome.installed else outcome.winner.model
    print(f"Try it: pleinair stylize IN OUT --style {style}")
