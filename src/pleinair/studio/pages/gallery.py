"""The gallery: any styles on any photos and clips, beside what they were painted from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from nicegui import events, ui

from pleinair.studio import theme
from pleinair.studio.files import CLIP_BYTES, Shelf, Source, Uploads
from pleinair.studio.pages.compare import Compare
from pleinair.studio.painting import Choice, Painter, Work, choices, scene_source
from pleinair.video import MediaError

_EVERY = 0.4
_FIRST = ("starry-night", "great-wave", "japanese-footbridge")
_MOST = 24  # styles at once


def register(folder: Path, uploads: Uploads, painter: Painter, shelf: Shelf) -> None:
    """Make the gallery's page."""

    @ui.page("/gallery")
    async def show(model: str = "") -> None:
        with theme.frame("Gallery", "/gallery"):
            waiting = theme.waiting()
            # The page is shown at once; what takes longer the first time comes after.
            await ui.context.client.connected(timeout=60)
            found = await asyncio.to_thread(choices, folder)
            scene = await asyncio.to_thread(scene_source, painter.folder)
            waiting.delete()
            _Page(found, [*uploads.all(), scene], uploads, painter, shelf, model)


class _Page:
    """What is chosen, and a tile for every photo in every style."""

    def __init__(
        self,
        styles: list[Choice],
        sources: list[Source],
        uploads: Uploads,
        painter: Painter,
        shelf: Shelf,
        model: str,
    ) -> None:
        self._styles, self._sources = styles, sources
        self._uploads, self._painter, self._shelf = uploads, painter, shelf
        self._chosen = sources[:1]
        self._painting: list[_Tile] = []
        wanted = [style for style in styles if style.model == model]
        first = wanted or [style for style in styles if style.style in _FIRST][:3] or styles[:3]
        self._selected = first[:_MOST]
        self._compare = Compare(painter, shelf)
        with theme.heading(
            "Gallery", "Any style on any photo or clip. A click shows it in full, before and after."
        ):
            pass
        with ui.element("div").classes("halves"):
            with ui.element("section").classes("panel"):
                theme.title("Photos and clips")
                self._swatches = ui.element("div").classes("swatches")
                self._upload = ui.upload(
                    label="Drop photos or clips here, or choose them with +",
                    auto_upload=True,
                    multiple=True,
                    max_file_size=CLIP_BYTES,
                    max_files=50,
                    on_upload=self._take,
                    on_rejected=lambda: ui.notify("Photos of up to 40 MB, clips of up to 250 MB."),
                )
                kinds = 'accept="image/*,video/*"'
                self._upload.props(f"{kinds} flat color=transparent text-color=inherit")
            with ui.element("section").classes("panel"):
                theme.title("Styles")
                self._pills = ui.element("div").classes("choices")
        self._grid = ui.element("div").style("margin-top: 1.8rem")
        self._draw_sources()
        self._draw_styles()
        self._draw_grid()
        ui.timer(_EVERY, self._look)

    async def _take(self, event: events.UploadEventArguments) -> None:
        content = await event.file.read()
        self._upload.reset()
        try:
            source = await asyncio.to_thread(self._uploads.add, event.file.name, content)
        except MediaError as error:
            ui.notify(str(error), type="negative")
            return
        others = [other for other in self._sources if other.key != source.key]
        self._sources = [source, *others]
        self._chosen = [source, *[other for other in self._chosen if other.key != "scene"]]
        self._draw_sources()
        self._draw_grid()

    def _draw_sources(self) -> None:
        self._swatches.clear()
        keys = {source.key for source in self._chosen}
        with self._swatches:
            for source in self._sources[:60]:
                theme.swatch(
                    source.title,
                    self._shelf.url(source.path),
                    source.key in keys,
                    partial(self._toggle_source, source),
                    clip=not source.still,
                )

    def _toggle_source(self, source: Source) -> None:
        if source in self._chosen:
            self._chosen.remove(source)
        else:
            self._chosen.append(source)
        self._draw_sources()
        self._draw_grid()

    def _draw_styles(self) -> None:
        self._pills.clear()
        groups: dict[str, list[Choice]] = {}
        for style in self._styles:
            groups.setdefault(style.model, []).append(style)
        with self._pills:
            for model, styles in groups.items():
                with ui.element("div").classes("group"):
                    ui.label(f"{model}").classes("soft small")
                    with ui.element("div").classes("pills"):
                        for style in styles:
                            self._pill(style)

    def _pill(self, style: Choice) -> None:
        pill = ui.element("button").props('type="button"')

        def show() -> None:
            on = style in self._selected
            pill.classes(replace=f"pill {'on' if on else ''}")
            pill.props(f'aria-pressed="{str(on).lower()}"')

        def toggle() -> None:
            if style in self._selected:
                self._selected.remove(style)
            elif len(self._selected) >= _MOST:
                ui.notify(f"{_MOST} styles at once are the most.")
            else:
                self._selected.append(style)
            show()
            self._draw_grid()

        pill.on("click", toggle)
        show()
        with pill:
            ui.label(style.title)

    def _draw_grid(self) -> None:
        self._grid.clear()
        self._painting = []
        with self._grid:
            if not self._chosen or not self._selected:
                with theme.empty(
                    "Nothing is chosen", "Choose a photo and a style above; both can be several."
                ):
                    pass
                return
            for source in self._chosen:
                theme.title(source.title)
                with ui.element("div").classes("tiles"):
                    for style in self._selected:
                        work = self._painter.painted(source, style)
                        self._painting.append(
                            _Tile(source, style, work, self._shelf, self._compare.open)
                        )

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
