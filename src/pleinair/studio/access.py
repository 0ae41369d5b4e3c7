"""Who may see what: raters their tests, the owner all; other sites and other names nothing."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from pleinair.deploy.callers import refusal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

RATERS = "/ab/"
"""Beginning of the paths that raters may open."""

_UPLOAD = 300_000_000  # bytes: a photo, or a clip of some minutes
_BODY = 1_000_000
_VOTE = 64_000
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Access:
    """The studio's door, an ASGI application.

    Args:
        studio: what the owner sees.
        raters: what has the paths below `RATERS`, an application of its own.
        hosts: names, with ports, by which the studio may be called. A page elsewhere that has its
            own name point here is refused, and so is what another site's page sends.
        secure: the studio speaks https.
        key: what the owner shows once, as `?key=…`, to get a cookie; `None`: nobody else can
            reach this address.
    """

    def __init__(
        self, studio: App, raters: App, hosts: Iterable[str], *, secure: bool, key: str | None
    ) -> None:
        self._studio, self._raters = studio, raters
        self._hosts = frozenset(hosts)
        self._secure, self._key = secure, key
        self._pass = hashlib.sha256(b"pleinair" + key.encode()).hexdigest() if key else ""
        port = min(self._hosts).rpartition(":")[2]
        self._cookie = f"pleinair_studio_{port}"  # cookies know no ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] == "lifespan":
            await self._studio(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host"), headers.get(b"origin")
        refused = refusal(host, origin, self._hosts, ["https" if self._secure else "http"])
        if refused is not None:
            await _refuse(scope, send, *refused)
            return
        path = scope["path"]
        if path.startswith(RATERS):
            await _limited(self._raters, _VOTE, scope, headers, receive, send)
            return
        if self._key is not None and not self._known(headers):
            await self._ask(scope, send)
            return
        limit = _UPLOAD if path.startswith("/_nicegui/") else _BODY
        await _limited(self._studio, limit, scope, headers, receive, send)

    def _known(self, headers: dict[bytes, str]) -> bool:
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(headers.get(b"cookie", ""))
        except CookieError:
            return False
        shown = cookies[self._cookie].value if self._cookie in cookies else ""
        return hmac.compare_digest(shown.encode(), self._pass.encode())

    async def _ask(self, scope: Scope, send: Send) -> None:
        """A cookie for the right key; otherwise say what is missing."""
        query = parse_qsl(scope["query_string"].decode("latin-1"))
        shown = dict(query).get("key", "")
        right = hmac.compare_digest(shown.encode(), (self._key or "").encode())
        if scope["type"] != "http" or not right:
            await _refuse(scope, send, 401, "Open the studio by the link that it printed.")
            return
        rest = urlencode([(name, value) for name, value in query if name != "key"])
        # One slash: two would lead to another host.
        target = "/" + scope["path"].lstrip("/\\") + (f"?{rest}" if rest else "")
        cookie = f"{self._cookie}={self._pass}; Path=/; HttpOnly; SameSite=Lax"
        cookie += "; Secure" if self._secure else ""
        await _answer(send, 303, "", (b"location", _quoted(target)), (b"set-cookie", cookie))


async def _limited(
    app: App,
    limit: int,
    scope: Scope,
    headers: dict[bytes, str],
    receive: Receive,
    send: Send,
) -> None:
    """Run ``app`` on bodies of up to ``limit`` bytes, and add the headers that all answers have."""
    if scope["type"] != "http":
        await app(scope, receive, send)
        return
    begun = False

    async def counted() -> Message:
        nonlocal limit
        message = await receive()
        limit -= len(message.get("body", b""))
        if limit < 0:
            raise _TooLargeError
        return message

    async def marked(message: Message) -> None:
        nonlocal begun
        if message["type"] == "http.response.start":
            begun = True
            there = {name for name, _ in message["headers"]}
            more = [pair for pair in _HEADERS if pair[0] not in there]
            message["headers"] = [*message["headers"], *more]
        await send(message)

    length = headers.get(b"content-length", "0")
    try:
        if not length.isdigit() or int(length) > limit:
            raise _TooLargeError
        await app(scope, counted, marked)
    except _TooLargeError:
        if not begun:
            await _refuse(scope, send, 413, "This is more than the studio takes at once.")


class _TooLargeError(Exception):
    """A body that goes on and on."""


async def _refuse(scope: Scope, send: Send, status: int, words: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": words})
        return
    await _answer(send, status, words)


async def _answer(send: Send, status: int, words: str, *more: tuple[bytes, str | bytes]) -> None:
    body = words.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *_HEADERS,
        *((name, value if isinstance(value, bytes) else value.encode()) for name, value in more),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _quoted(target: str) -> bytes:
    return quote(target, safe="/?&=%+~-._").encode()
