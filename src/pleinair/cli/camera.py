"""`pleinair camera` and `pleinair deploy`: the camera page, here and on any host."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pleinair.deploy import DeployError, PageServer, lay_out
from pleinair.deploy.serve import LOOPBACK, lan_address
from pleinair.styles import catalogue, model_files, works

_EXPOSES = (
    "Everybody in this network can open this page and download the styles it offers. What a "
    "camera sees stays on the device that has it. Browsers warn of the certificate: it is this "
    "machine's own, made just now."
)


def camera(
    lan: Annotated[
        bool, typer.Option("--lan", help="Also for phones in this network, by https.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 0,
    open_browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Paint what a camera sees, live, in a browser on this machine or on a phone.

    The page offers all styles that `pleinair styles` lists, your own among them. Ctrl-C ends it.
    """
    console = Console(stderr=True, highlight=False)
    with tempfile.TemporaryDirectory(prefix="pleinair-") as folder:
        page = Path(folder) / "page"
        lay_out(page, chosen_files())
        address = lan_address() if lan else LOOPBACK
        with PageServer(page, address, port, secure=lan) as server:
            console.print(f"The camera page is at [bold]{server.url}[/bold]; Ctrl-C ends it.")
            if lan:
                console.print(_EXPOSES)
                show_code(server.url)
            elif open_browser:
                webbrowser.open(server.url)
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                console.print("The camera page is closed.")


def show_code(url: str) -> None:
    """Draw an address into the terminal for a phone's camera."""
    try:
        import segno
    except ImportError as error:
        raise DeployError(
            "drawing a QR code needs the package segno: pip install 'pleinair[lan]'"
        ) from error
    segno.make(url).terminal(compact=True)


def chosen_files(names: list[str] | None = None) -> list[Path]:
    """Give the model files that have some of these styles, or all files.

    A user's own come first, and hide bundled ones of the same name.
    """
    files = [*{path.name: path for path in model_files()}.values()][::-1]
    if not names:
        return files
    known = {path: {work.name for work in works(path)} for path in files}
    for name in names:
        if not any(name in there for there in known.values()):
            raise DeployError(f"no style named {name!r} (there are: {', '.join(catalogue())})")
    return [path for path in files if known[path] & set(names)]


def deploy_web(
    folder: Annotated[Path, typer.Argument(help="A new folder for the page.")],
    style: Annotated[
        list[str] | None,
        typer.Option(help="A style to offer, the first one first; may be repeated. All if none."),
    ] = None,
) -> None:
    """Write the camera page as a folder of plain files, for any host that serves files.

    Settings for Netlify, Cloudflare Pages, Vercel, Apache and nginx are written with it; where a
    host can't send headers, the page's service worker adds them.
    """
    lay_out(folder, chosen_files(style), style or ())
    typer.echo(f"{folder}: the camera page, ready to be uploaded")
