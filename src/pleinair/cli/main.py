"""All commands together, and what becomes of their errors."""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import Annotated, NoReturn, ParamSpec

import typer

from pleinair import StyleError, __version__
from pleinair.cli import (
    abtest,
    camera,
    deploy,
    distilling,
    evaluate,
    models,
    paint,
    studio,
    sweeping,
    timing,
    training,
)
from pleinair.engine import EngineError
from pleinair.video import MediaError

Parameters = ParamSpec("Parameters")

# Their messages say what and where; for any other error the type is half of the story.
_CLEAR = (EngineError, MediaError, StyleError, ValueError, ImportError)


def reported(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Make a command end with one line on stderr where it would have raised.

    The exit status is 1 for an error and 130 for an interruption. With `PLEINAIR_DEBUG=1` in the
    environment errors are raised, which shows where they arose.
    """

    @functools.wraps(command)
    def run(*args: Parameters.args, **options: Parameters.kwargs) -> None:
        try:
            command(*args, **options)
        except KeyboardInterrupt:
            _fail("interrupted", 130)
        except typer.Exit:
            raise
        except Exception as error:
            if os.environ.get("PLEINAIR_DEBUG"):
                raise
            _fail(_in_one_line(error), 1)

    return run


def _in_one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return text if isinstance(error, _CLEAR) else f"{type(error).__name__}: {text}"


def _fail(message: str, status: int) -> NoReturn:
    print(f"pleinair: {message}", file=sys.stderr)
    raise typer.Exit(status)


app = typer.Typer(
    name="pleinair",
    help="Paint pictures and video in the style of an artwork.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (
    paint.stylize,
    paint.demo,
    models.styles,
    models.info,
    models.run,
    models.import_caffe2,
    timing.bench,
    training.train,
    training.export,
    sweeping.sweep,
    distilling.distill,
    evaluate.evaluate,
    evaluate.sheet,
    camera.camera,
    studio.studio,
):
    app.command()(reported(_command))

_targets = typer.Typer(
    help="Lay out a complete project for a device or a host.", no_args_is_help=True
)
_targets.command("web")(reported(camera.deploy_web))
_targets.command("c")(reported(deploy.deploy_c))
_targets.command("android")(reported(deploy.deploy_android))
_targets.command("ios")(reported(deploy.deploy_ios))
_targets.command("onnx")(reported(deploy.deploy_onnx))
app.add_typer(_targets, name="deploy")

abtests = typer.Typer(help="Ask people which looks better: blind A/B tests.", no_args_is_help=True)
abtests.command("make")(reported(abtest.make))
abtests.command("list")(reported(abtest.listing))
abtests.command("serve")(reported(abtest.serve))
abtests.command("show")(reported(abtest.show))
abtests.command("export")(reported(abtest.export))
abtests.command("close")(reported(abtest.close))
abtests.command("remove")(reported(abtest.remove))
app.add_typer(abtests, name="abtest")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"pleinair {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line of this process."""
    # Being asked to end cleans up as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app()
