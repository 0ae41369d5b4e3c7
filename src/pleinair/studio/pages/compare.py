"""Before and after, in full: a handle moves the edge between them, clips show the same frame."""

from __future__ import annotations

import asyncio
from html import escape

from nicegui import ui

from pleinair.studio import theme
from pleinair.studio.files import Shelf, Source
from pleinair.studio.painting import Choice, Painter, Work, can_be_larger
from pleinair.video import probe, read_picture

_LOOK = 0.15  # seconds between two looks at what is being painted


class Compare:
    """A view over the whole window, to be opened for one painting after another."""

    def __init__(self, painter: Painter, shelf: Shelf) -> None:
        self._painter, self._shelf = painter, shelf
        self._shown: tuple[Source, Choice] | None = None
        self._dialog = ui.dialog().props("maximized transition-duration=150")
        # Also ends the clips, which else would play on unseen.
        self._dialog.on_value_change(lambda event: None if event.value else self._leave())
        with self._dialog, ui.element("div").classes("show"):
            with ui.element("div").classes("top"):
                self._title = ui.label()
                self._full = theme.button("Full size", self._enlarge)
                self._file = ui.link("Download", "#").props("download")
                theme.button("Close", self._dialog.close)
            self._stage = ui.element("div").classes("stage")

    async def open(self, source: Source, style: Choice, work: Work) -> None:
        """Show a painting beside what it was painted from."""
        self._shown = (source, style)
        self._title.set_text(f"{source.title} · {style.title} ({style.model})")
        self._full.set_visibility(False)
        self._dialog.open()
        await self._show(work, self._painter.original(source))
        if self._shown == (source, style):
            self._full.set_visibility(await asyncio.to_thread(can_be_larger, source))

    def _leave(self) -> None:
        self._shown = None
        self._stage.clear()

    async def _enlarge(self) -> None:
        """Paint what is shown in full size, and show that."""
        if self._shown is None:
            return
        shown = source, style = self._shown
        work = self._painter.painted(source, style, full=True)
        original = self._painter.original(source, full=True)
        self._full.disable()
        while self._shown == shown and not work.over:
            self._full.set_text(f"{work.part:.0%} painted" if work.part else "Being painted")
            await asyncio.sleep(_LOOK)
        self._full.set_text("Full size")
        self._full.enable()
        if self._shown != shown:
            return
        if work.error:
            ui.notify(work.error, type="negative")
            return
        self._full.set_visibility(False)
        await self._show(work, original)

    async def _show(self, work: Work, original: Work) -> None:
        shown = self._shown
        assert shown is not None
        source, style = shown
        painted = self._shelf.url(work.path)
        self._file.props(f'href="{painted}"')
        self._file.props["download"] = f"{source.title} - {style.style}{work.path.suffix}"
        self._stage.clear()
        with self._stage:
            waiting = ui.spinner(size="2rem", color="var(--accent)")
        look = await asyncio.to_thread(_look, work, source.still)
        while self._shown == shown and not original.over:
            await asyncio.sleep(_LOOK)
        if self._shown != shown:
            return
        waiting.delete()
        before = self._shelf.url(original.path) if original.done else painted
        kind = _STILLS if source.still else _CLIPS
        name = escape(source.title, quote=True)
        words = {**look, "before": before, "after": painted, "name": name}
        with self._stage:
            ui.html(kind.format(**words, script=theme.asset(theme.CLIPS)[1]), sanitize=False)


_HANDLE = (
    '<input type="range" min="0" max="100" step="0.5" value="50" '
    'aria-label="Edge between before and after"><div class="edge"></div>'
)
_STILLS = (
    '<div class="compare" style="--width:{width};--height:{height}">'
    '<img class="after" src="{after}" alt="{name}, painted">'
    f'<img class="before" src="{{before}}" alt="">{_HANDLE}</div>'
)
_CLIPS = (
    '<film-pair class="compare" style="--width:{width};--height:{height}" data-script="{script}" '
    'data-width="{width}" data-height="{height}" data-frames="{frames}" data-rate="{rate}">'
    '<div class="film after" data-src="{after}" role="img" aria-label="{name}, painted"></div>'
    f'<div class="film before" data-src="{{before}}"></div>{_HANDLE}'
    '<button type="button" class="play" aria-label="Stop or play"></button></film-pair>'
)


def _look(work: Work, still: bool) -> dict[str, float]:
    """Width and height in pixels; of a clip the number of frames and their rate, too."""
    if still:
        height, width = read_picture(work.path).shape[:2]
        return {"width": width, "height": height}
    clip = probe(work.path)
    rate = float(clip.rate)
    return {"width": clip.width, "height": clip.height, "frames": clip.frames, "rate": rate}
