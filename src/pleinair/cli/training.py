"""The command that makes a style: `train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train(
    painting: Annotated[Path, typer.Argument(metavar="PAINTING", help="Picture of the artwork.")],
    name: Annotated[str, typer.Option(help="What the style will be called, like starry-night.")],
    photos: Annotated[
        list[Path], typer.Option(help="Folder of photographs to practise on; may be repeated.")
    ],
    features: Annotated[
        str,
        typer.Option(
            metavar="vgg19|FILE", help="What sees style and content (vgg19 is downloaded once)."
        ),
    ] = "vgg19",
    steps: Annotated[int | None, typer.Option(min=1, help="How long to train.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Photographs per step.")] = None,
    painting_size: Annotated[
        int | None,
        typer.Option(min=64, help="Longer side of the painting; smaller: finer strokes."),
    ] = None,
    content_weight: Annotated[
        float | None, typer.Option(min=0, help="How much of the photograph to keep.")
    ] = None,
    style_weight: Annotated[
        float | None, typer.Option(min=0, help="How much of the painting to take.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Processor cores to train with.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything random.")] = None,
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

    Needs the packages of `pleinair[train]`. Ctrl-C stops and keeps what is learnt so far, and
    --resume goes on with it. The finished style can be used by its name at once.
    """
    # Only this command needs PyTorch, which takes seconds to import and may not be there.
    from pleinair.train import TrainConfig
    from pleinair.train import train as run

    facts = {"title": title, "artist": artist, "year": year, "licence": licence}
    # What isn't given is left to the trainer.
    settings = {
        "steps": steps,
        "batch": batch,
        "painting_size": painting_size,
        "content_weight": content_weight,
        "style_weight": style_weight,
        "threads": threads,
        "seed": seed,
    }
    config = TrainConfig(
        painting=painting,
        photos=tuple(photos),
        name=name,
        features=features,
        metadata={key: value for key, value in facts.items() if value},
        **{key: value for key, value in settings.items() if value is not None},  # type: ignore[arg-type]
    )
    trained = run(config, out, resume=resume)
    print(
        f"{trained.model}: {trained.size_bytes / 1000:.0f} KB, trained {trained.result.steps} steps"
    )
    print(f"Try it: pleinair stylize IN OUT --style {name}")
