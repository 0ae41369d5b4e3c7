"""Parts of the forms that start a command: fields, paintings to choose, and the start itself."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nicegui import events, ui

from pleinair.studio import jobs, theme
from pleinair.studio.files import PICTURE_BYTES, Shelf, Source, Uploads
from pleinair.studio.runs import read_run
from pleinair.video import MediaError

_SHOWN = 24


class Paintings:
    """Uploaded paintings to choose from, one of them or several, and a place to drop a new one."""

    def __init__(self, uploads: Uploads, shelf: Shelf, *, several: bool = False) -> None:
        self._uploads, self._shelf, self._several = uploads, shelf, several
        self.chosen: list[Source] = []
        with ui.element("section").classes("panel"):
            theme.title("The paintings" if several else "The painting")
            self._swatches = ui.element("div").classes("swatches")
            self._upload = ui.upload(
                label="Drop a picture here, or choose one with +",
                auto_upload=True,
                multiple=several,
                max_file_size=PICTURE_BYTES,
                on_upload=self._take,
                on_rejected=lambda: ui.notify("A picture of up to 40 MB, please."),
            )
            self._upload.props('accept="image/*" flat color=transparent text-color=inherit')
        self._draw()

    def choose(self, path: str) -> None:
        """Choose the one at a path, where it is one of the uploads."""
        self.chosen += [source for source in self._uploads.all() if str(source.path) == path]
        self._draw()

    async def _take(self, event: events.UploadEventArguments) -> None:
        content = await event.file.read()
        self._upload.reset()
        try:
            source = await asyncio.to_thread(
                self._uploads.add, event.file.name, content, clips=False
            )
        except MediaError as error:
            ui.notify(str(error), type="negative")
            return
        self._choose(source)

    def _draw(self) -> None:
        self._swatches.clear()
        with self._swatches:
            for source in [source for source in self._uploads.all() if source.still][:_SHOWN]:
                theme.swatch(
                    source.title,
                    self._shelf.url(source.path),
                    source in self.chosen,
                    partial(self._toggle, source),
                )
        self._swatches.set_visibility(bool(self._swatches.default_slot.children))

    def _toggle(self, source: Source) -> None:
        if source in self.chosen:
            self.chosen.remove(source)
            self._draw()
        else:
            self._choose(source)

    def _choose(self, source: Source) -> None:
        self.chosen = [*(self.chosen if self._several else []), source]
        self._draw()


class Start:
    """The button that starts a command, and what is wrong where it can't."""

    def __init__(self, arguments: Callable[[], list[str]]) -> None:
        self._arguments = arguments
        with ui.element("div").classes("stack"):
            self._error = theme.said("")
            self._error.set_visibility(False)
            with ui.element("div").classes("actions"):
                self._button = theme.button("Start", self._start, strong=True)

    async def _start(self) -> None:
        """Start the command and go to its run's page."""
        self._error.set_visibility(False)
        self._button.disable()
        try:
            words = self._arguments()
            out = Path(words[words.index("--out") + 1])
            there = read_run(out)
            if there is not None and (there.status == "running" or there.step):
                raise ValueError(f"There is a run named {out.name}: choose another name.")
            await asyncio.to_thread(jobs.start, out, words)
            ui.navigate.to(f"/run/{quote(out.name, safe='')}")
        except (ValueError, jobs.JobError) as error:
            self._error.set_text(str(error))
            self._error.set_visibility(True)
        finally:
            self._button.enable()


def field(label: str, value: str, hint: str) -> ui.input:
    """A line of text."""
    return ui.input(label, value=value).props(f'outlined spellcheck=false hint="{hint}"')


def number(
    label: str, value: float | None, hint: str = "", *, whole: bool = True, least: float = 1
) -> ui.number:
    """A number, or nothing."""
    made = ui.number(label, value=value, min=least, precision=0 if whole else None)
    return made.props("outlined").props(f'hint="{hint}"' if hint else "")


def options(entries: Mapping[str, Any]) -> list[str]:
    """The words of a command for its options; what is empty is left out."""
    words = []
    for option, entry in entries.items():
        value = entry.value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            words += [option, f"{value:.10g}"]
        elif isinstance(value, str) and value.strip():
            words += [option, value.strip()]
    return words


def fill(entries: Mapping[str, Any], words: tuple[str, ...]) -> None:
    """Put what a command was given into the fields of its options."""
    given = dict(itertools.pairwise(words))
    for option, entry in entries.items():
        value = given.get(option)
        if isinstance(entry, ui.number):
            entry.set_value(float(value) if value is not None else None)
        elif value is not None:
            entry.set_value(value)


def earlier(folder: Path, like: str, command: str) -> tuple[str, ...]:
    """The words of an earlier run's command; none where there is no such."""
    job = jobs.read_job(folder / like) if is_name(like) else None
    return job.arguments if job is not None and job.arguments[:1] == (command,) else ()


def is_name(name: str) -> bool:
    """Whether a run may be called so: then it is no path and no option, either."""
    return re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) is not None


def checked_name(text: str | None) -> str:
    """A name from a field; ValueError where it is none."""
    name = (text or "").strip()
    if not is_name(name):
        raise ValueError("Name: use lower-case letters, digits and hyphens, as in my-style.")
    return name


def checked_folder(text: str | None) -> str:
    """The whole path of a folder from a field; ValueError where there is none."""
    path = (text or "").strip()
    folder = Path(path).expanduser()
    if not path or not folder.is_dir():
        raise ValueError(f"Folder of photos: {path or 'none given'} is no folder.")
    return str(folder.resolve())


def default_photos() -> str:
    """Where photos may be: in the data folder, or among the user's pictures."""
    data = Path(os.environ.get("PLEINAIR_DATA", ""))
    places = (data / "photos/coco128", Path.home() / "Pictures")
    return next((str(place) for place in places if place.is_dir()), "")
