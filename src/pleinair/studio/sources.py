"""Photos, clips and paintings to choose from on a page, and a place to drop more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from nicegui import events, ui

from pleinair.studio import theme
from pleinair.studio.files import CLIP_BYTES, PICTURE_BYTES, Shelf, Source, Uploads
from pleinair.video import MediaError

_SHOWN = 60
_AT_ONCE = 50  # files that are dropped together


class Sources:
    """Uploaded pictures, and clips where wanted, each to be chosen or not.

    Args:
        uploads: those that there are, and where more come.
        shelf: gives them addresses.
        clips: not only pictures.
        several: more than one can be chosen.
        drawn: a picture that is there all the same. With it the first of all is chosen from the
            beginning, and it makes room for the first upload.
        changed: called when others are chosen.

    Attributes:
        chosen: the chosen ones; what was uploaded just now comes first.
    """

    def __init__(
        self,
        uploads: Uploads,
        shelf: Shelf,
        *,
        clips: bool = True,
        several: bool = True,
        drawn: Source | None = None,
        changed: Callable[[], object] = lambda: None,
    ) -> None:
        self._uploads, self._shelf, self._changed = uploads, shelf, changed
        self._clips, self._several, self._drawn = clips, several, drawn
        self.chosen = self._all()[:1] if drawn else []
        self._swatches = ui.element("div").classes("swatches")
        what = "photos or clips" if clips else "pictures" if several else "a picture"
        limits = "Photos of up to 40 MB, clips of up to 250 MB."
        upload = ui.upload(
            label=f"Drop {what} here, or choose {'them' if several else 'one'} with +",
            auto_upload=True,
            multiple=several,
            max_file_size=CLIP_BYTES if clips else PICTURE_BYTES,
            max_files=_AT_ONCE,
            on_upload=self._take,
            on_rejected=lambda: ui.notify(limits if clips else "A picture of up to 40 MB, please."),
        )
        kinds = "image/*,video/*" if clips else "image/*"
        upload.props(f'accept="{kinds}" flat color=transparent text-color=inherit')
        self._upload = upload
        self._draw()

    def choose(self, path: str) -> None:
        """Choose the one at a path, where it is one of the uploads."""
        self.chosen += [source for source in self._uploads.all() if str(source.path) == path]
        self._draw()

    def _all(self) -> list[Source]:
        there = [source for source in self._uploads.all() if self._clips or source.still]
        return [*there, *([self._drawn] if self._drawn else [])]

    async def _take(self, event: events.UploadEventArguments) -> None:
        content = await event.file.read()
        self._upload.reset()
        try:
            source = await asyncio.to_thread(
                self._uploads.add, event.file.name, content, clips=self._clips
            )
        except MediaError as error:
            ui.notify(str(error), type="negative")
            return
        self._set([source, *self._kept(source, self._drawn)])

    def _toggle(self, source: Source) -> None:
        added = [] if source in self.chosen else [source]
        self._set([*self._kept(source), *added])

    def _kept(self, *without: Source | None) -> list[Source]:
        """What stays chosen beside another."""
        return [other for other in self.chosen if other not in without] if self._several else []

    def _set(self, chosen: list[Source]) -> None:
        self.chosen = chosen
        self._draw()
        self._changed()

    def _draw(self) -> None:
        self._swatches.clear()
        with self._swatches:
            for source in self._all()[:_SHOWN]:
                theme.swatch(
                    source.title,
                    self._shelf.url(source.path),
                    source in self.chosen,
                    partial(self._toggle, source),
                    clip=not source.still,
                )
        self._swatches.set_visibility(bool(self._swatches.default_slot.children))
