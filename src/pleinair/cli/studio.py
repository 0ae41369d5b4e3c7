"""`pleinair studio`: trainings, galleries, boards and blind tests in a browser."""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
import webbrowser
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pleinair.cli.options import one_address


def studio(
    folder: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to listen.")] = 8600,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where votes of A/B tests are kept, for example postgresql+psycopg://…",
            show_default="a SQLite file in FOLDER",
        ),
    ] = None,
    lan: Annotated[
        bool, typer.Option("--lan", help="Also for others in this network, by https.")
    ] = False,
    host: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Listen at this address of the machine, by http.",
            show_default="127.0.0.1",
        ),
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Train, compare and judge styles in a browser, on this machine.

    Trainings that it started go on when it is closed. Beyond this machine it opens only by the
    link that it prints; those who rate an A/B test see that test alone. Ctrl-C ends it. Needs the
    packages of `pleinair[studio]`.
    """
    # Web servers take a second to import and may not be there.
    try:
        from pleinair.studio.app import LOOPBACK, Settings, serve
    except ImportError as error:
        raise ImportError(
            f'the studio needs {error.name}: run  pip install "pleinair[studio]"', name=error.name
        ) from error
    from pleinair.deploy.serve import certified, lan_address

    if lan and host:
        raise ValueError("say --lan or --host, not both")
    address = lan_address() if lan else one_address(host or LOOPBACK)
    open_to_others = not ipaddress.ip_address(address).is_loopback
    settings = Settings(
        folder,
        address,
        port,
        key=secrets.token_urlsafe(18) if open_to_others else None,
        database=database,
        secure=certified(address) if lan else None,
    )
    console = Console(stderr=True, highlight=False, soft_wrap=True)

    def ready() -> None:
        console.print(f"The studio is at [bold]{settings.url}[/bold]; Ctrl-C ends it.")
        if open_to_others:
            console.print("This link opens everything: it is for you alone.")
            if not lan:
                console.print("Without https, others in the network can read what is sent.")
        if open_browser:
            webbrowser.open(settings.url)

    with contextlib.suppress(KeyboardInterrupt):
        serve(settings, ready)
    console.print("The studio is closed; what it started goes on.")
