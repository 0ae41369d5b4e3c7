"""Whatever is sent to a running studio has an answer that is meant, and leaves nothing behind."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.studio.conftest import Studio
from tests.tiny import picture

ANSWERS = {200, 404, 405, 422}
EXAMPLES = 8  # of each operation, as described and against it
UPLOAD = re.compile(r"/_nicegui/client/[\w-]+/upload/\d+")


@pytest.fixture(scope="module")
def studio(open_studio: Callable[..., Studio]) -> Studio:
    """One that no other test uses: all that is there comes from here."""
    return open_studio()


def png(seed: int) -> bytes:
    held = io.BytesIO()
    picture(seed, 96, 64).save(held, "PNG")
    return held.getvalue()


def ask(
    studio: Studio, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, bytes]:
    """Status and body of an answer; `path` is sent as it is."""
    host = studio.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"host": host, "content_length": str(len(body)), **headers}.items():
            connection.putheader(name.replace("_", "-"), value.encode())
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def upload(studio: Studio, path: str, name: str, content: bytes, **headers: str) -> int:
    """Send a file as a page does; gives the status."""
    head = f'--X\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    body = head.encode() + b"Content-Type: image/png\r\n\r\n" + content + b"\r\n--X--\r\n"
    kind = {"content_type": "multipart/form-data; boundary=X", **headers}
    return ask(studio, "POST", path, body, **kind)[0]


def files_of(studio: Studio) -> set[Path]:
    """All that is there but the database, what the studio said, and its drawn scene."""
    around = studio.folder.parent
    found = {path for path in around.rglob("*") if path.is_file() and "sqlite" not in path.name}
    return found - {around / "said.txt", studio.folder / ".studio" / "painted" / "the-scene.png"}


def kept(studio: Studio, content: bytes) -> set[Path]:
    """The files that an upload of this picture becomes."""
    place = studio.folder / ".studio" / "uploads" / hashlib.sha256(content).hexdigest()[:20]
    return {place.with_suffix(".png"), place.with_suffix(".json")}


def settled(studio: Studio, expected: set[Path]) -> set[Path]:
    """What is there once that is all, or after a minute."""
    until = time.monotonic() + 60
    while (there := files_of(studio)) != expected and time.monotonic() < until:
        time.sleep(0.02)
    return there


def test_every_request_has_an_answer(studio: Studio, tmp_path: Path) -> None:
    """To all routes that there are, by their own description or against it."""
    schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis (pip)")
    command = [sys.executable, "-m", "tests.studio.described", str(tmp_path / "runs")]
    document = subprocess.run(command, env=studio.environment, check=True, capture_output=True)
    schema = schemathesis.openapi.from_dict(json.loads(document.stdout))
    seen: set[tuple[str, int]] = set()

    def answered(case: Any) -> None:
        answer = case.call(base_url=studio.url, allow_redirects=False, timeout=60)
        seen.add((case.path, answer.status_code))
        assert answer.status_code in ANSWERS, f"{case.as_curl_command()}: {answer.text[:300]}"

    for result in schema.get_all_operations():
        modes = [result.ok().as_strategy(mode) for mode in schemathesis.GenerationMode]
        settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )(given(st.one_of(modes))(answered))()
    assert {("/", 200), ("/gallery", 200), ("/tests/{token}", 200), ("/file/{name}", 404)} <= seen
    assert "Traceback" not in studio.said()
    assert files_of(studio) == set()


@pytest.mark.parametrize(
    "path",
    [
        "/file/../../../etc/passwd",
        "/file/..%2f..%2f.studio%2fab%2fabtests.sqlite",
        "/file/%2e%2e/%2e%2e/etc/passwd",
        "/file//etc/passwd",
        "/file/\\..\\..\\etc\\passwd",
        "/file/x%00.png",
        "/../../etc/passwd",
        "//etc/passwd",
        "/run/..%2f..%2f..%2fetc%2fpasswd",
        "/tests/..%2f..%2fpasswd",
        "/ab/../file/x",
        "/_nicegui/{version}/static/../../../../../../../etc/passwd",
        "/_nicegui/{version}/resources/x/..%2f..%2f..%2fetc%2fpasswd",
        "/.studio/ab/abtests.sqlite",
    ],
)
def test_no_path_leads_out(studio: Studio, path: str) -> None:
    version = re.search(rb"/_nicegui/([\d.]+)/", ask(studio, "GET", "/")[1])
    assert version is not None
    status, body = ask(studio, "GET", path.replace("{version}", version[1].decode()))
    assert status in (200, 307, 404), status  # 200: a page that knows no such run
    assert b"root:" not in body
    assert b"SQLite format" not in body


@pytest.fixture
def form(studio: Studio) -> str:
    """Where the page of a new training takes a painting."""
    found = UPLOAD.search(ask(studio, "GET", "/new/training")[1].decode())
    assert found is not None
    return found[0]


NAMES = (
    "../../evil.png",
    "/etc/evil",
    "C:\\\\evil.exe",
    "a\u202eb.png",
    "x" * 500,
    "..",
    "a;b='c'",
    "a%00b.png",
    "evil.php",
)


@pytest.mark.parametrize("seed", range(len(NAMES)), ids=lambda seed: ascii(NAMES[seed][:20]))
def test_an_upload_is_kept_under_the_name_of_its_content(
    studio: Studio, form: str, seed: int
) -> None:
    before, content = files_of(studio), png(seed)
    assert upload(studio, form, NAMES[seed], content) == 200
    there = kept(studio, content)
    assert settled(studio, before | there) == before | there
    assert content in {path.read_bytes() for path in there}


def test_what_is_no_picture_is_not_kept(studio: Studio, form: str) -> None:
    before = files_of(studio)
    for content in (b"", b"nonsense", b"<svg/>", b"PK\x03\x04" + bytes(100), png(50)):
        assert upload(studio, form, "a.png", content) == 200  # the page says why
    there = before | kept(studio, png(50))
    assert settled(studio, there) == there
    assert "Traceback" not in studio.said()


def test_other_names_and_sites_get_nothing(studio: Studio, form: str) -> None:
    before = files_of(studio)
    host = studio.url.removeprefix("http://")
    for path in ("/", "/gallery", "/file/x", "/_nicegui_ws/socket.io/"):
        assert ask(studio, "GET", path, host="evil.example")[0] == 421
        assert ask(studio, "GET", path, host=f"evil.example:{host.rpartition(':')[2]}")[0] == 421
    for origin in ("http://evil.example", "null", f"https://{host}"):
        assert upload(studio, form, "a.png", png(99), origin=origin) == 403
    assert upload(studio, form, "a.png", png(99), host="evil.example") == 421
    assert files_of(studio) == before


def test_bodies_without_end_are_refused(studio: Studio, form: str) -> None:
    """Before they are sent, where they say how long they are."""
    for path, limit in ((form, 300_000_000), ("/new/training", 1_000_000), ("/ab/x/vote", 64_000)):
        assert ask(studio, "POST", path, content_length=str(limit + 1))[0] == 413
