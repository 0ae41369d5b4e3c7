from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pleinair.deploy import DeployError, PageServer
from pleinair.deploy.serve import LOOPBACK
from pleinair.deploy.web import ISOLATION


@contextmanager
def served(folder: Path, secure: bool = False) -> Iterator[PageServer]:
    with PageServer(folder, secure=secure) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[PageServer]:
    folder = tmp_path / "page"
    (folder / "styles").mkdir(parents=True)
    (folder / "index.html").write_text("<p>here</p>")
    (folder / "engine.wasm").write_bytes(b"\0asm")
    (folder / "app.js").write_text("1")
    (tmp_path / "secret").write_text("out of the folder")
    with served(folder) as server:
        yield server


def ask(
    server: PageServer, path: str, method: str = "GET", host: str | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(LOOPBACK, server.server_address[1], timeout=10)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"localhost:{server.server_address[1]}")
    connection.endheaders()
    answer = connection.getresponse()
    return answer, answer.read()


def test_files_come_with_the_headers_that_threads_need(page: PageServer) -> None:
    answer, body = ask(page, "/")
    assert (answer.status, body) == (200, b"<p>here</p>")
    for name, value in ISOLATION.items():
        assert answer.headers[name] == value


@pytest.mark.parametrize(
    ("path", "kind"), [("/engine.wasm", "application/wasm"), ("/app.js", "text/javascript")]
)
def test_types_that_browsers_insist_on(page: PageServer, path: str, kind: str) -> None:
    assert ask(page, path)[0].headers["Content-Type"] == kind


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/%2e%2e/secret",
        "/styles/../../secret",
        "/..%2fsecret",
        "//secret",
        "/styles/",
    ],
)
def test_nothing_else_is_served(page: PageServer, path: str) -> None:
    answer, body = ask(page, path)
    assert answer.status == 404
    assert b"out of the folder" not in body


def test_other_names_for_this_machine_are_refused(page: PageServer) -> None:
    for host in ("evil.example", f"evil.example:{page.server_address[1]}", "localhost:1"):
        assert ask(page, "/", host=host)[0].status == 421


def test_only_this_machine_is_listened_to(page: PageServer) -> None:
    assert page.server_address[0] == LOOPBACK
    assert page.names == {f"{name}:{page.server_address[1]}" for name in (LOOPBACK, "localhost")}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_reading_is_allowed(page: PageServer, method: str) -> None:
    assert ask(page, "/", method)[0].status == 501


def test_https_with_a_certificate_for_the_address(tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason="https needs the package cryptography")
    (tmp_path / "index.html").write_text("<p>here</p>")
    with served(tmp_path, secure=True) as server:
        assert server.url.startswith("https://127.0.0.1:")
        pem = ssl.get_server_certificate((LOOPBACK, server.server_address[1]))
        trusting = ssl.create_default_context(cadata=pem)
        connection = http.client.HTTPSConnection(
            LOOPBACK, server.server_address[1], context=trusting, timeout=10
        )
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"<p>here</p>"


def test_a_port_in_use(page: PageServer, tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="in use"):
        PageServer(tmp_path, port=page.server_address[1])
