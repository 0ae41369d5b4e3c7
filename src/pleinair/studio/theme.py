"""The look of all pages: one frame around them, and the small parts that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path

from nicegui import ui

PLACES = (("/", "Runs"), ("/gallery", "Gallery"), ("/board", "Board"), ("/tests", "A/B tests"))
_HERE = Path(__file__).parent
_WORDS = {
    "running": "at work",
    "stopped": "stopped",
    "finished": "finished",
    "failed": "failed",
}
CLIPS = "ab/page/clips.js"
"""Plays two clips as one, for raters and in the gallery."""

ASSETS = {"studio.css": "text/css", "studio.js": "text/javascript", CLIPS: "text/javascript"}
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" '
    'rx="8" fill="#f4f1ea"/><path d="M5 21c5-9 8 3 12-4s5-9 10-7" fill="none" stroke="#a8431f" '
    'stroke-width="5" stroke-linecap="round"/><path d="M7 26c6-3 11 1 18-3" fill="none" '
    'stroke="#3d5a98" stroke-width="3" stroke-linecap="round"/></svg>'
)


@cache
def asset(name: str) -> tuple[str, str]:
    """A text file of this package, and an address that changes with it, at the top of all."""
    path = _HERE / name
    text = path.read_text()
    return text, f"/{path.name}?{sha256(text.encode()).hexdigest()[:10]}"


@contextmanager
def frame(name: str, place: str) -> Iterator[None]:
    """The page around what the block builds; `place` is the address of its part of the studio."""
    ui.page_title(f"{name} · pleinair studio")
    ui.add_head_html(f'<link rel="stylesheet" href="{asset("studio.css")[1]}">')
    ui.add_head_html(f'<script defer src="{asset("studio.js")[1]}"></script>')
    ui.add_head_html('<meta name="color-scheme" content="light dark">')
    with ui.element("header").classes("head"):
        with ui.link(target="/").classes("brand"):
            ui.html(ICON, sanitize=False).classes("icon")
            ui.label("pleinair studio")
        with ui.element("nav").props('aria-label="Parts of the studio"'):
            for target, part in PLACES:
                link = ui.link(part, target).classes("here" if target == place else "")
                if target == place:
                    link.props('aria-current="page"')
    with ui.element("main").classes("main"):
        yield


@contextmanager
def heading(text: str, words: str = "") -> Iterator[None]:
    """A page's heading; what the block builds stands to its right."""
    with ui.element("div").classes("heading"):
        with ui.element("div"):
            with ui.element("h1"):
                ui.label(text)
            if words:
                ui.label(words).classes("soft")
        with ui.element("div").classes("actions"):
            yield


@contextmanager
def empty(name: str, words: str) -> Iterator[None]:
    """What stands where nothing is yet: it says what to do, and offers what the block builds."""
    with ui.element("section").classes("empty"):
        ui.html(_STROKES, sanitize=False)
        title(name)
        ui.label(words).classes("soft")
        with ui.element("div").classes("actions"):
            yield


def title(text: str) -> ui.element:
    """The title of a part of a page."""
    with ui.element("h2") as made:
        ui.label(text)
    return made


def back() -> None:
    """The way back to all runs."""
    ui.link("← All runs", "/").classes("back")


def swatch(name: str, url: str, on: bool, press: Callable[[], None], *, clip: bool = False) -> None:
    """A small picture to be chosen."""
    made = ui.element("button").classes(f"swatch {'on' if on else ''}")
    made.props(f'type="button" aria-pressed="{str(on).lower()}"')
    made.props["aria-label"] = made.props["title"] = name
    made.on("click", press)
    with made:
        if clip:
            ui.element("video").props(f'src="{url}#t=0.5" muted preload="metadata"')
            ui.label("clip").classes("film")
        else:
            ui.element("img").props(f'src="{url}" alt="" loading="lazy"')


def chip(status: str) -> ui.label:
    """A word for a run's status, in its colour."""
    return ui.label(_WORDS.get(status, status)).classes(f"chip {status}")


def set_chip(label: ui.label, status: str) -> None:
    """Say another status."""
    label.set_text(_WORDS.get(status, status))
    label.classes(replace=f"chip {status}")


def button(text: str, go: object, *, strong: bool = False) -> ui.button:
    """A button that leads to an address or calls a function."""
    on_click = (lambda: ui.navigate.to(go)) if isinstance(go, str) else go
    made = ui.button(text, on_click=on_click, color=None)  # type: ignore[arg-type]
    return made.props("unelevated no-caps").classes("strong" if strong else "quiet")


def said(text: str) -> ui.label:
    """An error in one line, where the eye falls on it."""
    return ui.label(text).classes("error").props('role="alert"')


def waiting() -> ui.spinner:
    """What turns until there is something to see."""
    return ui.spinner(size="2rem", color="var(--accent)").classes("waiting")


def duration(seconds: float) -> str:
    """Seconds for people: 48 s, 12 min, 3 h 5 min."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


_STROKES = (
    '<svg class="strokes" viewBox="0 0 240 90" aria-hidden="true" fill="none" '
    'stroke-linecap="round"><path d="M14 62c30-46 46 18 74-18s38-34 66-14 40 8 70-14" '
    'stroke="var(--vermilion)" stroke-width="13" opacity=".85"/>'
    '<path d="M26 78c40-18 62 8 98-8s52-4 86-16" stroke="var(--ultramarine)" stroke-width="8" '
    'opacity=".8"/><path d="M58 20c18-10 30 4 50-6s30-4 44 2" stroke="var(--ochre)" '
    'stroke-width="6" opacity=".85"/></svg>'
)
