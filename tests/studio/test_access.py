"""Nobody gets in by another name, from another site, or without the key; raters see theirs only."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pleinair.studio.access import Access

HOST = "127.0.0.1:8600"


async def _drain(receive: Any) -> int:
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    return size


def _app(name: str) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        size = await _drain(receive)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": f"{name} {size}".encode()})

    return app


def _door(key: str | None = None, *, secure: bool = False) -> Access:
    hosts = [HOST, "localhost:8600"]
    return Access(_app("studio"), _app("raters"), hosts, secure=secure, key=key)


def _ask(
    door: Access,
    path: str = "/",
    *,
    query: str = "",
    kind: str = "http",
    bodies: tuple[bytes, ...] = (b"",),
    **headers: str,
) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers of the answer; 101 or 403 for a websocket let in or not."""
    given = {"host": HOST, **{name.replace("_", "-"): text for name, text in headers.items()}}
    scope = {
        "type": kind,
        "method": "POST",
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), text.encode()) for name, text in given.items()],
    }
    parts = [
        {"type": "http.request", "body": body, "more_body": place < len(bodies) - 1}
        for place, body in enumerate(bodies)
    ]
    said: list[Any] = []

    async def receive() -> Any:
        return parts.pop(0)

    async def send(message: Any) -> None:
        said.append(message)

    # In a thread of its own: this one may have the event loop of the tests' browser.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, door(scope, receive, send)).result()
    if kind == "websocket":
        return (101 if said[0]["type"] == "websocket.accept" else 403), "", {}
    shown = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return said[0]["status"], said[1]["body"].decode(), shown


def test_the_owner_on_this_machine_needs_no_key() -> None:
    status, body, headers = _ask(_door())
    assert (status, body) == (200, "studio 0")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8600", "127.0.0.1", "", "[::1]:8600"]
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("path", ["/", "/ab/token/"])
def test_other_names_lead_nowhere(host: str, kind: str, path: str) -> None:
    status, body, _ = _ask(_door(), path, kind=kind, host=host)
    assert status in (421, 403)
    assert "studio " not in body.replace("The studio", "")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:8600", "http://127.0.0.1:8601"]
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("path", ["/", "/ab/token/vote"])
def test_other_sites_can_send_nothing(origin: str, kind: str, path: str) -> None:
    assert _ask(_door(), path, kind=kind, origin=origin)[0] == 403
    assert _ask(_door(), path, kind=kind, origin=f"http://{HOST}")[0] in (200, 101)


def test_without_the_key_there_is_nothing() -> None:
    door = _door("right")
    for path in ("/", "/gallery", "/file/x.png", "/_nicegui/3/x.js", "/ab", "/abx"):
        assert _ask(door, path)[0] == 401
        assert _ask(door, path, query="key=wrong")[0] == 401
        assert _ask(door, path, cookie="pleinair_studio_8600=right")[0] == 401
        assert _ask(door, path, cookie="\x00;=;")[0] == 401
    assert _ask(door, kind="websocket")[0] == 403
    assert _ask(door, kind="websocket", query="key=right")[0] == 403


def test_the_key_is_shown_once_and_then_a_cookie() -> None:
    door = _door("right", secure=True)
    status, _, headers = _ask(door, "/board", query="which=1&key=right")
    assert status == 303
    assert headers["location"] == "/board?which=1"
    cookie, *flags = headers["set-cookie"].split("; ")
    assert set(flags) == {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"}
    assert "right" not in cookie
    assert _ask(door, "/board", cookie=cookie)[:2] == (200, "studio 0")
    assert _ask(door, kind="websocket", cookie=cookie)[0] == 101
    assert _ask(_door("other"), "/board", cookie=cookie)[0] == 401


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example", "/a\r\nset-cookie: b"])
def test_the_key_leads_to_no_other_site(path: str) -> None:
    location = _ask(_door("right"), path, query="key=right")[2]["location"]
    assert location[0] == "/"
    assert location[1:2] not in ("/", "\\")
    assert "\n" not in location


def test_raters_need_no_key_and_reach_only_their_own_application() -> None:
    door = _door("right")
    assert _ask(door, "/ab/token/")[1] == "raters 0"
    assert _ask(door, "/ab/../gallery")[1] == "raters 0"
    assert _ask(door, "/ab/%2e%2e/gallery")[1] == "raters 0"


@pytest.mark.parametrize(
    ("path", "limit"), [("/ab/token/vote", 64_000), ("/x", 1_000_000), ("/_nicegui/x", 300_000_000)]
)
def test_bodies_are_limited_said_or_not(path: str, limit: int) -> None:
    assert _ask(_door(), path, content_length=str(limit))[0] == 200
    assert _ask(_door(), path, content_length=str(limit + 1))[0] == 413
    assert _ask(_door(), path, content_length="-1")[0] == 413
    part = bytes(limit // 4)
    assert _ask(_door(), path, bodies=(part,) * 4)[0] == 200
    assert _ask(_door(), path, bodies=(part,) * 5)[0] == 413
