"""`pleinair deploy` for devices: C, Android, iOS, and the bare model."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from pleinair.deploy.project import Offer

Folder: TypeAlias = Annotated[Path, typer.Argument(help="A new folder for the project.")]
Styles: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--style", help="A style to offer, the first one first; may be repeated. All if none."
    ),
]
ModelName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME_OR_PATH",
        help="The network: sketch, easel, or a file of yours.",
        show_default="the style's, or easel",
    ),
]


def deploy_c(folder: Folder, style: Styles = None, model: ModelName = None) -> None:
    """Write a C project: the engine's sources, CMake, and an example that paints a picture."""
    from pleinair.deploy.c import lay_out_c

    lay_out_c(folder, _chosen(style, model))
    _done(folder)


def deploy_android(
    folder: Folder,
    style: Styles = None,
    model: ModelName = None,
    ndk: Annotated[
        bool, typer.Option("--ndk", help="Build no library here: Gradle does, with the NDK.")
    ] = False,
) -> None:
    """Write an Android project: Kotlin, CameraX, and the engine for arm64, built here by zig.

    That takes about a minute, and the packages of `pleinair[deploy]`.
    """
    from pleinair.deploy.android import lay_out_android

    chosen = _chosen(style, model)
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    bars = Progress(*columns, console=Console(stderr=True))
    task = bars.add_task("the library for arm64", total=None)
    with ExitStack() as shown:

        def report(done: int, total: int) -> None:
            if done == 1:
                shown.enter_context(bars)
            bars.update(task, completed=done, total=total)

        lay_out_android(folder, chosen, ndk=ndk, report=report)
    _done(folder)


def deploy_ios(folder: Folder, style: Styles = None, model: ModelName = None) -> None:
    """Write an iOS project: a Swift package with the engine's sources, and a SwiftUI app."""
    from pleinair.deploy.ios import lay_out_ios

    lay_out_ios(folder, _chosen(style, model))
    _done(folder)


def deploy_onnx(folder: Folder, style: Styles = None, model: ModelName = None) -> None:
    """Write the bare model file and its card: styles, licences, training, how to run it."""
    from pleinair.deploy.onnx import lay_out_onnx

    lay_out_onnx(folder, _chosen(style, model))
    _done(folder)


def _chosen(names: list[str] | None, model: str | None) -> Offer:
    from pleinair.deploy.project import offer
    from pleinair.styles import find, model_files
    from pleinair.styles.catalogue import DEFAULT_MODEL

    if names and model is None:
        path = find(names[0])
    else:
        path = model_files(model or DEFAULT_MODEL)[0]
    return offer(path, names or ())


def _done(folder: Path) -> None:
    print(f"{folder}: a complete project; its README.md says how to go on and what was tried")
