"""A web server on this machine for tests: the page's own files, built modules, and given bytes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pleinair.deploy.web import ISOLATION

TYPES = {".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm"}
HARNESS = '<!doctype html><title>tests</title><link rel="icon" href="data:,">'


class Site:
    """Serves files of `folders`, the first that has one, and `files` by name.

    `isolated` sends the headers without which pages cannot share memory with their workers.
    `asked` lists the paths of all requests.
    """

    def __init__(self, folders: Sequence[Path], *, isolated: bool) -> None:
        self.folders = folders
        self.isolated = isolated
        self.files: dict[str, bytes] = {"index.html": HARNESS.encode()}
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def find(self, name: str) -> bytes | None:
        if name in self.files:
            return self.files[name]
        paths = (folder / name for folder in self.folders)
        return next((path.read_bytes() for path in paths if path.is_file()), None)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.split("?")[0].lstrip("/") or "index.html"
                site.asked.append(name)
                content = site.find(name)
                self.send_response(404 if content is None else 200)
                for header, value in ISOLATION.items() if site.isolated else ():
                    self.send_header(header, value)
                self.send_header("Content-Type", TYPES.get(Path(name).suffix, "text/plain"))
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_: object) -> None:
                pass

        return Handler
