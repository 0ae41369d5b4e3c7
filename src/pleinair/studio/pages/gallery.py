"""The gallery: any styles on any photos and clips, beside what they were painted from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from nicegui import ui

from pleinair.studio import theme
from pleinair.studio.files import Shelf, Source, Uploads
from pleinair.studio.models import Models
from pleinair.studio.pages.compare import Compare
from pleinair.studio.pages.pills import Styles
from pleinair.studio.painting import Choice, Painter, Work, choices, scene_source
from pleinair.studio.sources import Sources

_EVERY = 0.4


def register(
    folder: Path, uploads: Uploads, models: Models, painter: Painter, shelf: Shelf
) -> None:
    """Make the gallery's page."""

    @ui.page("/gallery")
    async def show(model: str = "") -> None:
        with theme.frame("Gallery", "/gallery"):
            waiting = theme.waiting()
            # The page is shown at once; what takes longer the first time comes after.
            await ui.context.client.connected(timeout=60)
            found = await asyncio.to_thread(choices, folder, models.all())
            scene = await asyncio.to_thread(scene_source, painter.folder)
            waiting.delete()
            page = _Page(painter, shelf)
            with ui.element("div").classes("halves"):
                with ui.element("section").classes("panel"):
                    theme.title("Photos and clips")
                    sources = Sources(uploads, shelf, drawn=scene, changed=page.draw)
                with ui.element("section").classes("panel"):
                    theme.title("Styles")
                    styles = Styles(folder, models, found, model, page.draw)
            page.show(sources, styles)


class _Page:
    """A tile for every chosen photo in every chosen style."""

    def __init__(self, painter: Painter, shelf: Shelf) -> None:
        self._painter, self._shelf = painter, shelf
        self._painting: list[_Tile] = []
        self._compare = Compare(painter, shelf)
        words = "Any style on any photo or clip. A click shows it in full, before and after."
        with theme.heading("Gallery", words):
            pass

    def show(self, sources: Sources, styles: Styles) -> None:
        """Show, from here on, what is chosen of them."""
        self._sources, self._styles = sources, styles
        self._grid = ui.element("div").classes("grid")
        self.draw()
        ui.timer(_EVERY, self._look)

    def draw(self) -> None:
        """Show what is chosen now."""
        self._grid.clear()
        self._painting = []
        with self._grid:
            if not self._sources.chosen or not self._styles.chosen:
                words = "Choose a photo and a style above; both can be several."
                with theme.empty("Nothing is chosen", words):
                    pass
                return
            for source in self._sources.chosen:
                theme.title(source.title)
                with ui.element("div").classes("tiles"):
                    self._painting += [self._tile(source, style) for style in self._styles.chosen]

    def _tile(self, source: Source, style: Choice) -> _Tile:
        work = self._painter.painted(source, style)
        return _Tile(source, style, work, self._shelf, self._compare.open)

    def _look(self) -> None:
        self._painting = [tile for tile in self._painting if not tile.update()]


class _Tile:
    """One painting, or how far it is."""

    def __init__(
        self,
        source: Source,
        style: Choice,
        work: Work,
        shelf: Shelf,
        show: Callable[[Source, Choice, Work], Awaitable[None]],
    ) -> None:
        self._source, self._style, self._work, self._shelf = source, style, work, shelf
        self._button = ui.element("button").classes("tile").props('type="button"')
        self._button.on("click", lambda: show(source, style, work) if work.done else None)
        with self._button:
            self._surface = ui.element("div").classes("surface")
            with self._surface, ui.element("div").classes("wait"):
                ui.spinner(size="1.6rem", color="var(--accent)")
                self._words = ui.label("waiting")
            with ui.element("span").classes("caption"):
                ui.label(style.title)
                if style.model != style.title:
                    ui.label(style.model).classes("soft small")
        self.update()

    def update(self) -> bool:
        """Show how it stands; whether nothing more will happen."""
        work = self._work
        if not work.over:
            begun = "being painted" if work.begun else "waits for its turn"
            self._words.set_text(f"{work.part:.0%} painted" if work.part else begun)
            return False
        self._surface.clear()
        with self._surface:
            if work.error:
                ui.label(work.error).classes("wait")
            elif self._source.still:
                image = ui.element("img").props(f'src="{self._shelf.url(work.path)}"')
                image.props["alt"] = f"{self._source.title}, painted: {self._style.title}"
            else:
                video = ui.element("video").props(f'src="{self._shelf.url(work.path)}"')
                video.props("autoplay loop muted playsinline")
        return True
