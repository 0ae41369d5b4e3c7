"""Parts of the forms that start a command: its fields, and the start itself."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nicegui import ui

from pleinair.studio import jobs, theme
from pleinair.studio.runs import read_run


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
