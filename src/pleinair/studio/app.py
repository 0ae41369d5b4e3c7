"""The studio as a server: all its parts together, behind one door."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse, Response

from pleinair.deploy.callers import names_of
from pleinair.studio.access import Access
from pleinair.studio.files import Shelf, Uploads

LOOPBACK = "127.0.0.1"
_KEPT = {"Cache-Control": "private, max-age=31536000, immutable"}
OWN = ".studio"
"""The studio's own folder in that of the runs: uploads, painted pictures, votes."""


@dataclass(frozen=True)
class Settings:
    """Where the studio looks and listens.

    Attributes:
        folder: of the runs.
        host: an address of this machine.
        port: where to listen.
        key: what opens the studio; None on loopback.
        database: URL of the votes' database; a SQLite file in the studio's own folder if None.
        secure: what https needs; plain http if None.
    """

    folder: Path
    host: str = LOOPBACK
    port: int = 8600
    key: str | None = None
    database: str | None = None
    secure: ssl.SSLContext | None = None

    @property
    def own(self) -> Path:
        """The studio's own folder."""
        return self.folder / OWN

    @property
    def hosts(self) -> list[str]:
        """The names, with port, by which browsers may call the studio."""
        return sorted(names_of(self.host, self.port))

    @property
    def url(self) -> str:
        """The address to open, with the key."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        key = f"?key={self.key}" if self.key else ""
        return f"http{'s' if self.secure else ''}://{name}:{self.port}/{key}"


def build(settings: Settings) -> Access:
    """The studio as an ASGI application; once in a process, as NiceGUI's pages are global."""
    settings.own.mkdir(parents=True, exist_ok=True)
    # Read when NiceGUI is imported, which else would keep things in the working directory.
    os.environ["NICEGUI_STORAGE_PATH"] = str(settings.own / "pages")
    from nicegui import app as pages
    from nicegui import ui

    from pleinair.studio import theme
    from pleinair.studio.ab.routes import raters_app
    from pleinair.studio.ab.store import Store
    from pleinair.studio.models import Models
    from pleinair.studio.pages import ab, board, gallery, new, run, runs
    from pleinair.studio.painting import Painter

    studio = FastAPI(title="pleinair studio", openapi_url=None, docs_url=None, redoc_url=None)
    votes = Store(settings.own / "ab", settings.database)
    shelf, uploads = Shelf(), Uploads(settings.own / "uploads")
    models, painter = Models(settings.own / "models"), Painter(settings.own / "painted")
    _serve_files(studio, shelf)
    for name, kind in theme.ASSETS.items():
        _serve_text(studio, *theme.asset(name), kind)
    runs.register(settings.folder, shelf)
    run.register(settings.folder, shelf)
    new.register(settings.folder, uploads, shelf)
    gallery.register(settings.folder, uploads, models, painter, shelf)
    board.register(settings.folder, shelf)
    ab.register(settings.folder, votes, uploads, models, painter, shelf)
    pages.on_shutdown(painter.close)
    pages.on_shutdown(votes.close)
    ui.run_with(
        studio,
        title="pleinair studio",
        favicon=theme.ICON,
        dark=None,
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=20,
    )
    return Access(
        studio,
        raters_app(votes),
        settings.hosts,
        secure=settings.secure is not None,
        key=settings.key,
    )


def serve(settings: Settings, ready: Callable[[], object]) -> None:
    """Run the studio until Ctrl-C; `ready` is called once it listens.

    Raises:
        OSError: it can't listen there.
    """
    application = build(settings)
    config = uvicorn.Config(
        application,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws_max_size=4_000_000,
        timeout_graceful_shutdown=3,
    )
    config.load()
    config.ssl = settings.secure
    listening = config.bind_socket()
    server = uvicorn.Server(config)
    ready()
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()


def _serve_text(studio: FastAPI, text: str, url: str, kind: str) -> None:
    """A style or a script that pages link to."""

    @studio.get(url.partition("?")[0])
    def file() -> Response:
        return Response(text, media_type=kind, headers=_KEPT)


def _serve_files(studio: FastAPI, shelf: Shelf) -> None:
    """The files on the shelf."""

    @studio.get("/file/{name}")
    def file(name: str) -> Response:
        path = shelf.find(name)
        if path is None or not path.is_file():
            return Response("There is no such file.", 404, media_type="text/plain")
        return FileResponse(path, headers=_KEPT)
