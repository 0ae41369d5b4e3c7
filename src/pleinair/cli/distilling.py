"""The command that makes perceptual features: `distill`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pleinair.styles.catalogue import DEFAULT_MODEL, find


def distill(
    teacher: Annotated[
        str,
        typer.Option(
            metavar="vgg19|FILE", help="Features to learn from (vgg19 is downloaded once)."
        ),
    ] = "vgg19",
    photos: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of photographs to look at, beside drawn pictures; repeatable."),
    ] = None,
    paintings: Annotated[
        list[Path] | None, typer.Option(help="Folder of paintings to look at; may be repeated.")
    ] = None,
    drawn: Annotated[int | None, typer.Option(min=1, help="How many pictures to draw.")] = None,
    held_out: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder of photographs to judge by; may be repeated.", show_default="drawings"
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the features and checkpoints.")] = Path(
        "runs/features"
    ),
    steps: Annotated[int | None, typer.Option(min=1, help="How long to learn.")] = None,
    batch: Annotated[int | None, typer.Option(min=4, help="Pictures per step.")] = None,
    size: Annotated[int | None, typer.Option(min=32, help="Their side in pixels.")] = None,
    bfloat16: Annotated[
        bool, typer.Option("--bfloat16", help="Convolutions at half precision: faster on some.")
    ] = False,
    device: Annotated[
        str, typer.Option(metavar="cpu|cuda|mps|auto", help="Where to compute.")
    ] = "auto",
    threads: Annotated[
        int | None, typer.Option(min=1, help="Processor cores to compute with.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything random.")] = None,
    licence: Annotated[str, typer.Option(help="Licence of the features.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on from OUT's checkpoint.")] = False,
) -> None:
    """Distil small features from VGG-19, to train styles with at a fraction of the cost.

    OUT/features.safetensors then serves `pleinair train --features`. Needs the packages of
    `pleinair[train]`. Ctrl-C stops and keeps what is learnt so far, and --resume goes on with it.
    """
    # PyTorch takes seconds to import and may not be there.
    from pleinair.train.distill import distil
    from pleinair.train.distill_config import DistillConfig

    given = {
        "drawn": drawn,
        "steps": steps,
        "batch": batch,
        "size": size,
        "threads": threads,
        "seed": seed,
    }
    config = DistillConfig(
        teacher=teacher,
        photos=tuple(photos or ()),
        paintings=tuple(paintings or ()),
        held_out=tuple(held_out or ()),
        painter=find(DEFAULT_MODEL),
        precision="bfloat16" if bfloat16 else "float32",
        device=device,
        licence=licence,
        **{name: value for name, value in given.items() if value is not None},  # type: ignore[arg-type]
    )
    made = distil(config, out, resume=resume)
    print(f"{made.file}: {made.size_bytes / 1000:.0f} KB, learnt for {made.steps} steps")
    for tap, seen in made.seen.items():
        print(f"{tap}: {seen.explained:.0%} explained, distances agree by {seen.agreement:.2f}")
