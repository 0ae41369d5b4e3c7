"""What raters get from the server: a page, the pairs, a place to vote; all below a test's token."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from pleinair.deploy.callers import refusal
from pleinair.studio.ab.raters import ClosedError, NoSuchError, Progress, VotedError
from pleinair.studio.ab.store import Store

PREFIX = "/ab"
_PAGE = Path(__file__).parent / "page"
_ASSETS = {
    "rater.css": "text/css",
    "rater.js": "text/javascript",
    "clips.js": "text/javascript",
    "post.js": "text/javascript",
}
_COOKIE = "rater"
_REMEMBERED = 365 * 24 * 3600  # seconds
# Of the database at a time: Python does one thing at a time, and more that wait for their turn make
# all slower.
_THREADS = CapacityLimiter(4)
_BODY = 4096  # bytes of a vote, at most
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",  # the address is the key to the test
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_KEPT = {**_HEADERS, "Cache-Control": "private, max-age=86400, immutable"}

Token = Annotated[str, StringConstraints(pattern=r"^[\w-]{8,36}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Joining(_Body):
    """Nothing needs to be said."""


class _More(_Body):
    after: int = Field(ge=0, le=1_000_000)


class _Vote(_Body):
    showing: Token
    vote: Token
    choice: Literal["left", "right", "tie", "skip"]
    milliseconds: int = Field(ge=0, le=86_400_000)


T = TypeVar("T")
B = TypeVar("B", bound=_Body)


def register(app: FastAPI, store: Store, *, hosts: Collection[str] | None = None) -> None:
    """Add the raters' pages below ``/ab/`` to an application.

    A test's token opens its page, ``/ab/TOKEN/``; every other address is the same 404. A rater is
    known by a random id in a cookie of this page alone.

    Args:
        app: receives the routes.
        store: where tests and votes are.
        hosts: names, with ports, by which the server may be called; others get 421. None leaves
            this to the application.
    """

    def known(request: Request) -> None:
        headers = request.headers
        refused = refusal(headers.get("host"), headers.get("origin"), hosts)
        if refused is not None:
            raise HTTPException(*refused)

    router = APIRouter(prefix=PREFIX + "/{token}", dependencies=[Depends(known)])
    _add_page(router, store)
    _add_votes(router, store)
    app.include_router(router)


def raters_app(store: Store, hosts: Collection[str] | None = None) -> FastAPI:
    """An application with the raters' pages and nothing else, see `register`."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    register(app, store, hosts=hosts)
    return app


def _add_page(router: APIRouter, store: Store) -> None:
    @router.get("")
    def bare(token: str) -> Response:
        _found(store, token)
        return RedirectResponse(f"{PREFIX}/{token}/", 308, _HEADERS)

    @router.get("/")
    def page(token: str) -> Response:
        _found(store, token)
        return FileResponse(_PAGE / "index.html", headers=_HEADERS, media_type="text/html")

    @router.get("/assets/{name}")
    def asset(token: str, name: str) -> Response:
        _found(store, token)
        if name not in _ASSETS:
            raise HTTPException(404)
        return FileResponse(_PAGE / name, headers=_HEADERS, media_type=_ASSETS[name])

    @router.get("/media/{medium}")
    async def media(token: str, medium: str) -> Response:
        path = await _done(lambda: store.shown_file(token, medium))
        if not path.is_file():
            raise HTTPException(404)
        return FileResponse(path, headers=_KEPT)


def _add_votes(router: APIRouter, store: Store) -> None:
    @router.post("/join")
    async def join(token: str, request: Request) -> Response:
        await _body(request, _Joining)

        def work() -> tuple[str, str, Progress]:
            rater = store.raters.join(token, request.cookies.get(_COOKIE))
            return rater, store.test(token).question, store.raters.progress(token, rater)

        rater, question, progress = await _done(work)
        answer = _answer(progress, question=question)
        answer.set_cookie(
            _COOKIE,
            rater,
            max_age=_REMEMBERED,
            path=f"{PREFIX}/{token}",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return answer

    @router.post("/more")
    async def more(token: str, request: Request) -> Response:
        asked = await _body(request, _More)
        rater = request.cookies.get(_COOKIE)
        return _answer(await _done(lambda: store.raters.more(token, rater, asked.after)))

    @router.post("/vote")
    async def vote(token: str, request: Request) -> Response:
        given = await _body(request, _Vote)
        rater = request.cookies.get(_COOKIE)

        def work() -> Response:
            try:
                return _answer(
                    store.raters.vote(
                        token, rater, given.showing, given.vote, given.choice, given.milliseconds
                    )
                )
            except VotedError:  # what counts is there; the page goes on from there
                return _answer(store.raters.progress(token, rater), 409)

        return await _done(work)


def _found(store: Store, token: str) -> None:
    try:
        store.test(token)
    except NoSuchError as error:
        raise HTTPException(404) from error


async def _done(work: Callable[[], T]) -> T:
    """Do blocking work in a thread; what it raises becomes an answer."""
    try:
        return await to_thread.run_sync(work, limiter=_THREADS)
    except NoSuchError as error:
        raise HTTPException(404) from error
    except ClosedError as error:
        raise HTTPException(410, str(error)) from error


async def _body(request: Request, kind: type[B]) -> B:
    """The body, where this page has sent it and it is what it should be."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HTTPException(403)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415)
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > _BODY:
            raise HTTPException(413)
    try:
        return kind.model_validate(json.loads(content))
    except (ValueError, ValidationError, RecursionError) as error:
        raise HTTPException(422) from error


def _answer(progress: Progress, status: int = 200, **more: Any) -> JSONResponse:
    return JSONResponse({**asdict(progress), **more}, status, _HEADERS)
