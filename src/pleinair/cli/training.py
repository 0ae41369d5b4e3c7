"""The commands that make style files: `train` and `export`."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pleinair.styles.catalogue import find

# A trained network needs little, and loses what it knows by too much of it.
# It holds still already: that weighs on from the start, and style against it.
_FURTHER: dict[str, float | None] = {
    "steps": 1000,
    "size": 192,
    "learning_rate": 7e-3,
    "style_weight": 40.0,
    "content_weight": 0.8,
    "tone_weight": 0.7,
    "variation_weight": 0.3,
    "steadiness_weight": 800.0,
    "grid_weight": 5000.0,
    "noise": 0.06,
}


class Network(StrEnum):
    """The presets to train, smallest first."""

    sketch = "sketch"
    easel = "easel"
    mural = "mural"


def train(
    painting: Annotated[Path, typer.Argument(metavar="PAINTING", help="Picture of the artwork.")],
    name: Annotated[
        str | None,
        typer.Option(
            help="What the style will be called, like starry-night.",
            show_default="PAINTING's file name",
        ),
    ] = None,
    photos: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of photographs to practise on; may be repeated.",
            show_default="pictures are drawn",
        ),
    ] = None,
    features: Annotated[
        str,
        typer.Option(
            metavar="pleinair|vgg19|FILE",
            help="What sees style and content (vgg19 is downloaded once).",
        ),
    ] = "pleinair",
    network: Annotated[
        Network, typer.Option(help="Which network: small and fast to large and slow.")
    ] = Network.easel,
    from_scratch: Annotated[
        bool,
        typer.Option(
            "--from-scratch", help="Begin with random weights, not with the shipped network."
        ),
    ] = False,
    steps: Annotated[
        int | None,
        typer.Option(min=1, help="How long to train.", show_default="1000, from scratch 1500"),
    ] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Photographs per step.")] = None,
    painting_size: Annotated[
        int, typer.Option(min=64, help="Longer side of the painting; smaller: finer strokes.")
    ] = 640,
    content_weight: Annotated[
        float | None, typer.Option(min=0, help="How much of the photograph to keep.")
    ] = None,
    style_weight: Annotated[
        float | None, typer.Option(min=0, help="How much of the painting to take.")
    ] = None,
    device: Annotated[
        str, typer.Option(metavar="cpu|cuda|mps|auto", help="Where to train.")
    ] = "auto",
    devices: Annotated[
        int, typer.Option(min=1, help="How many of them share the work; must divide the batch.")
    ] = 1,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Processor cores to train with.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything random.")] = None,
    preview_every: Annotated[
        int | None,
        typer.Option(min=1, help="Steps from one preview picture to the next.", show_default="100"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for checkpoints and previews.", show_default="runs/NAME"),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from OUT's checkpoint.")] = False,
    title: Annotated[str, typer.Option(help="Title of the artwork.")] = "",
    artist: Annotated[str, typer.Option(help="Who made it.")] = "",
    year: Annotated[str, typer.Option(help="When.")] = "",
    licence: Annotated[str, typer.Option(help="Licence of the trained style.")] = "",
) -> None:
    """Train a new style from a picture of a painting.

    A network that knows other paintings learns one more, in minutes; --from-scratch takes an
    hour. Needs the packages of `pleinair[train]`. Ctrl-C stops and keeps what is learnt so far,
    and --resume goes on with it. The finished style can be used by its name at once.
    """
    # Only this command needs PyTorch, which takes seconds to import and may not be there.
    from pleinair.nets import PRESETS
    from pleinair.train import Painting, TrainConfig
    from pleinair.train import train as run

    name = name or _styled(painting.stem)
    # What isn't given is left to the trainer.
    settings = {
        "steps": steps,
        "batch": batch,
        "content_weight": content_weight,
        "style_weight": style_weight,
        "threads": threads,
        "seed": seed,
        "preview_every": preview_every,
    }
    if not from_scratch:
        settings = {**_FURTHER, **{key: value for key, value in settings.items() if value}}
    subject = Painting(
        painting, name, painting_size, title=title, artist=artist, year=year, licence=licence
    )
    config = TrainConfig(
        paintings=(subject,),
        photos=tuple(photos or ()),
        name=name,
        features=features,
        device=device,
        devices=devices,
        levers=PRESETS[network.value],
        init=None if from_scratch else find(network.value),
        **{key: value for key, value in settings.items() if value is not None},  # type: ignore[arg-type]
    )
    trained = run(config, out, resume=resume)
    if not trained.size_bytes:
        return  # one of several processes, and not the one that writes
    print(
        f"{trained.model}: {trained.size_bytes / 1000:.0f} KB, trained {trained.result.steps} steps"
    )
    print(f"Try it: pleinair stylize IN OUT --style {name}")


def export(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="A run's folder, or a model trained here.")
    ],
    output: Annotated[Path, typer.Argument(metavar="OUT", help="Model file to write.")],
    style: Annotated[
        list[str] | None,
        typer.Option(help="A style to keep; may be repeated.", show_default="all"),
    ] = None,
) -> None:
    """Write a trained network as a model file, with all its styles or some of them.

    Needs the packages of `pleinair[train]`.
    """
    from pleinair.train.run import export_again

    if output.suffix != ".onnx":
        raise ValueError(f"{output}: a model file ends in .onnx")
    size = export_again(source, output, style or ())
    print(f"{output}: {size / 1000:.1f} KB")


def _styled(text: str) -> str:
    """A file's name as that of a style: lower-case words with hyphens."""
    return "-".join(re.findall("[a-z0-9]+", text.lower())) or "style"
