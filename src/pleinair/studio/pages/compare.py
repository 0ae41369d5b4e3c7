"""Before and after, in full: a handle moves the edge between them, and clips play as one."""

from __future__ import annotations

import asyncio
from html import escape

from nicegui import ui

from pleinair.studio import theme
from pleinair.studio.files import Shelf, Source
from pleinair.studio.painting import Choice, Painter, Work
from pleinair.video import probe, read_picture


class Compare:
    """A view over the whole window, to be opened for one painting after another."""

    def __init__(self, painter: Painter, shelf: Shelf) -> None:
        self._painter, self._shelf = painter, shelf
        self._dialog = ui.dialog().props("maximized transition-duration=150")
        with self._dialog, ui.element("div").classes("show"):
            with ui.element("div").classes("top"):
                self._title = ui.label()
                self._file = ui.link("Download", "#").props("download")
                theme.button("Close", self._dialog.close)
            self._stage = ui.element("div").classes("stage")

    async def open(self, source: Source, style: Choice, work: Work) -> None:
        """Show a painting beside what it was painted from."""
        original = self._painter.original(source)
        width, height = await asyncio.to_thread(_size, work, source.still)
        self._title.set_text(f"{source.title} · {style.title} ({style.model})")
        painted = self._shelf.url(work.path)
        self._file.props(f'href="{painted}"')
        self._file.props["download"] = f"{source.title} - {style.style}{work.path.suffix}"
        self._stage.clear()
        with self._stage:
            waiting = ui.spinner(size="2rem", color="var(--accent)")
        self._dialog.open()
        while not original.over:
            await asyncio.sleep(0.1)
        before = self._shelf.url(original.path) if original.done else painted
        waiting.delete()
        kind = _STILLS if source.still else _CLIPS
        with self._stage:
            ui.html(
                f'<div class="compare" style="--width:{width};--height:{height}">'
                + kind.format(before=before, after=painted, name=escape(source.title, quote=True))
                + '<input type="range" min="0" max="100" step="0.5" value="50" '
                'aria-label="Edge between before and after"><div class="edge"></div></div>',
                sanitize=False,
            )


_STILLS = (
    '<img class="after" src="{after}" alt="{name}, painted">'
    '<img class="before" src="{before}" alt="">'
)
_CLIPS = (
    '<video class="after" src="{after}" autoplay loop muted playsinline></video>'
    '<video class="before" src="{before}" autoplay loop muted playsinline></video>'
)


def _size(work: Work, still: bool) -> tuple[int, int]:
    if still:
        height, width = read_picture(work.path).shape[:2]
        return width, height
    clip = probe(work.path)
    return clip.width, clip.height
