"""Commands about model files: `styles`, `info`, `run` and `import-caffe2`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from pleinair.cli.options import Model, PlanSize, Size, Threads
from pleinair.engine import EngineError, Plan, Session, ValueInfo
from pleinair.styles import StyleError, catalogue, find, load, works
from pleinair.styles.catalogue import user_folder
from pleinair.video.files import replacing

_LONG = 100  # characters of metadata, such as a training record, that are too many for a table


def styles() -> None:
    """List the styles there are."""
    table = Table(box=None, pad_edge=False)
    for column in ("style", "title", "artist", "year", "model", "size"):
        table.add_column(column, justify="right" if column == "size" else "left")
    for name, path in catalogue().items():
        try:
            load(path, threads=1)
        except StyleError as error:
            table.add_row(name, f"[red]broken:[/] {error}")
            continue
        (work,) = (work for work in works(path) if work.name == name)
        size = f"{path.stat().st_size / 1000:.0f} KB"
        table.add_row(name, work.title, work.artist, work.year, path.stem, size)
    console = Console()
    console.print(table)
    console.print(f"\nYour own styles go into {user_folder()}", soft_wrap=True, highlight=False)


def info(
    model: Model,
    size: PlanSize = None,
    plan_wanted: Annotated[
        bool, typer.Option("--plan", help="List the steps of a run, and what is folded into each.")
    ] = False,
    metadata: Annotated[
        bool, typer.Option("--metadata", help="Show the model's metadata alone, in full.")
    ] = False,
) -> None:
    """Say what a model takes and gives, what is in it and what it costs."""
    path = find(model)
    session = open_model(path, threads=1)
    if metadata:
        for key, text in session.metadata.items():
            print(f"{key}: {text}")
        return
    shapes = {value.name: fixed_shape(value, size or Size(1280, 720)) for value in session.inputs}
    plan = session.plan(shapes)

    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="bold")
    facts.add_column(overflow="fold")
    facts.add_row("file", f"{path}, {path.stat().st_size:,} bytes, opset {session.opset}")
    facts.add_row("parameters", f"{session.parameters:,}")
    counts = Counter(session.operators)
    listed = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    facts.add_row("nodes", f"{len(session.operators)}: {listed}")
    for kind, values in (("input", session.inputs), ("output", session.outputs)):
        for value in values:
            facts.add_row(kind, f"{value.name}: {value.dtype} {_times(value.shape)}")
    for key, text in session.metadata.items():
        facts.add_row(key, text if len(text) <= _LONG else f"{len(text)} characters: --metadata")
    for name, shape in shapes.items():
        facts.add_row("planned for", f"{name} {_times(shape)}")
    facts.add_row("multiply-adds", _cost(plan.macs, shapes[session.inputs[0].name]))
    memory = f"{plan.arena_bytes / 1e6:.1f} MB, weights {plan.weight_bytes / 1e6:.2f} MB"
    facts.add_row("memory", memory)
    facts.add_row("steps", str(len(plan.steps)))
    console = Console(markup=False, highlight=False)
    console.print(facts)
    if plan_wanted:
        console.print(_step_table(plan))


def open_model(path: Path, threads: int | None, profile: bool = False) -> Session:
    """Open a model file; its error names the file."""
    try:
        return Session(path, threads=threads, profile=profile)
    except EngineError as error:
        raise EngineError(error.code, f"{path}: {error}") from error


def _channels_last(shape: Sequence[int | str | None]) -> bool:
    """Tell [batch, height, width, channels] from [batch, channels, height, width]."""
    return shape[-1] in (1, 3, 4)


def fixed_shape(value: ValueInfo, size: Size) -> tuple[int, ...]:
    """Choose a shape for an input: dynamic dimensions become a picture's, or else 1."""
    if value.shape is None:
        raise ValueError(f"input {value.name!r} says nothing of its shape")
    dims = list(value.shape)
    if len(dims) == 4:
        rows = 1 if _channels_last(dims) else 2
        for axis, length in ((rows, size.height), (rows + 1, size.width)):
            if not isinstance(dims[axis], int):
                dims[axis] = length
    return tuple(dim if isinstance(dim, int) else 1 for dim in dims)


def _cost(macs: int, shape: tuple[int, ...]) -> str:
    """Say how many multiply-adds a run takes, and how many of them a pixel of its input."""
    text = f"{macs / 1e9:.3g} G"
    if len(shape) != 4:
        return text
    pixels = prod(shape[1:3] if _channels_last(shape) else shape[2:])
    return f"{text}, {macs / pixels / 1000:.3g} k per pixel"


def _step_table(plan: Plan) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("step", "kind"):
        table.add_column(column)
    for column in ("M mult-adds", "MB"):
        table.add_column(column, justify="right")
    table.add_column("what it does", overflow="fold")
    for step in plan.steps:
        figures = (f"{step.macs / 1e6:.1f}", f"{step.bytes / 1e6:.1f}")
        table.add_row(step.name, step.kind, *figures, step.description)
    return table


def _times(shape: Sequence[int | str | None] | None) -> str:
    if shape is None:
        return "of any shape"
    return " × ".join("?" if dim is None else str(dim) for dim in shape) or "single number"


def run(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="ONNX file.")],
    inputs: Annotated[
        list[str],
        typer.Option(
            "--input",
            "-i",
            metavar="[NAME=]FILE",
            help="NumPy file (.npy) for an input; the name may be left out if there is only one.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write: .npy for the only output, .npz for all of them by name.",
        ),
    ] = None,
    threads: Threads = None,
) -> None:
    """Run a model on arrays, and say what comes out."""
    session = open_model(model, threads)
    names = [value.name for value in session.inputs]
    outputs = session.run(dict(_read_input(text, names) for text in inputs))
    table = Table(box=None, pad_edge=False)
    for column in ("output", "type", "shape", "min", "mean", "max"):
        table.add_column(column, justify="right" if column in ("min", "mean", "max") else "left")
    for name, value in outputs.items():
        figures = [value.min(), value.mean(dtype=np.float64), value.max()] if value.size else []
        table.add_row(
            name, str(value.dtype), _times(value.shape), *(f"{figure:.6g}" for figure in figures)
        )
    Console().print(table)
    if output is not None:
        _write_outputs(output, outputs)


def _read_input(text: str, names: list[str]) -> tuple[str, NDArray[np.generic]]:
    """Read `[NAME=]FILE`."""
    name, equals, file = text.partition("=")
    if not equals:
        if len(names) != 1:
            raise ValueError(f"--input {text}: which of {', '.join(names)}? Say NAME={text}")
        name, file = names[0], text
    try:
        return name, np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ValueError(f"{file}: not a NumPy file ({error})") from error


def _write_outputs(path: Path, outputs: dict[str, NDArray[np.generic]]) -> None:
    if path.suffix not in (".npy", ".npz"):
        raise ValueError(f"{path}: write to .npy or .npz")
    if path.suffix == ".npy" and len(outputs) != 1:
        raise ValueError(f"{path}: the model has {len(outputs)} outputs, write them to .npz")
    with replacing(path) as temporary, temporary.open("wb") as file:
        if path.suffix == ".npy":
            np.save(file, next(iter(outputs.values())))
        else:
            np.savez(file, allow_pickle=False, **outputs)


def import_caffe2(
    init: Annotated[Path, typer.Argument(metavar="INIT", help="The weights: init_net.pb.")],
    predict: Annotated[
        Path, typer.Argument(metavar="PREDICT", help="The operators: predict_net.pb.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="ONNX file to write.")],
    noise: Annotated[
        int | None, typer.Option(metavar="SEED", help="Add the noise of the original, from a seed.")
    ] = None,
) -> None:
    """Write a style network of Caffe2, such as Facebook's of 2017, as an ONNX file.

    Needs the package of `pleinair[convert]`.
    """
    from pleinair.convert import import_caffe2 as read

    if output.suffix != ".onnx":
        raise ValueError(f"{output}: a model file ends in .onnx")
    content = read(init, predict, noise).SerializeToString()
    with replacing(output) as temporary:
        temporary.write_bytes(content)
    print(f"{output}: {len(content) / 1000:.1f} KB")
