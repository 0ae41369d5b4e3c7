"""Styles to choose from on a page, by the model that has them, and a place to drop other models."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from nicegui import events, ui

from pleinair.studio import models
from pleinair.studio.models import Models
from pleinair.studio.painting import Choice, choices
from pleinair.styles import StyleError

_FIRST = ("starry-night", "great-wave", "japanese-footbridge")
_MOST = 24  # at once
_SINGLE = "models of one style"


class Styles:
    """A button for every style, pressed or not.

    Args:
        folder: of the runs.
        brought: files that people bring.
        found: the styles that there are.
        wanted: name of a model whose styles are chosen from the beginning.
        changed: called when others are chosen.

    Attributes:
        chosen: the chosen ones, in the order in which they were.
    """

    def __init__(
        self,
        folder: Path,
        brought: Models,
        found: list[Choice],
        wanted: str,
        changed: Callable[[], object],
    ) -> None:
        self._folder, self._brought, self._changed = folder, brought, changed
        self._found = found
        of_model = [style for style in found if style.model == wanted]
        first = of_model or [style for style in found if style.style in _FIRST][:3] or found[:3]
        self.chosen = first[:_MOST]
        self._pills = ui.element("div").classes("choices")
        self._upload = ui.upload(
            label="Drop a model here (ONNX), or choose one with +",
            auto_upload=True,
            max_file_size=models.BYTES,
            on_upload=self._take,
            on_rejected=lambda: ui.notify("An ONNX file of up to 250 MB, please."),
        ).classes("models")
        self._upload.props('accept=".onnx" flat color=transparent text-color=inherit')
        self._draw()

    async def _take(self, event: events.UploadEventArguments) -> None:
        content = await event.file.read()
        self._upload.reset()
        try:
            path = await asyncio.to_thread(self._brought.add, event.file.name, content)
        except StyleError as error:
            ui.notify(str(error), type="negative")
            return
        self._found = await asyncio.to_thread(choices, self._folder, self._brought.all())
        new = [style for style in self._found if style.path == path]
        others = [style for style in self.chosen if style not in new]
        self.chosen = [*new, *others][:_MOST]
        self._draw()
        self._changed()

    def _draw(self) -> None:
        self._pills.clear()
        with self._pills:
            for name, styles in _grouped(self._found).items():
                with ui.element("div").classes("group"):
                    ui.label(name).classes("soft small")
                    with ui.element("div").classes("pills"):
                        for text, style in styles:
                            self._pill(text, style)

    def _pill(self, text: str, style: Choice) -> None:
        pill = ui.element("button").props('type="button"')
        pill.on("click", partial(self._toggle, style, pill))
        _show(pill, style in self.chosen)
        with pill:
            ui.label(text)

    def _toggle(self, style: Choice, pill: ui.element) -> None:
        if style in self.chosen:
            self.chosen.remove(style)
        elif len(self.chosen) >= _MOST:
            ui.notify(f"{_MOST} styles at once are the most.")
            return
        else:
            self.chosen.append(style)
        _show(pill, style in self.chosen)
        self._changed()


def _grouped(styles: list[Choice]) -> dict[str, list[tuple[str, Choice]]]:
    """Names of groups, and the styles in each with what they are called there."""
    models = [style.model for style in styles]
    groups: dict[str, list[tuple[str, Choice]]] = {_SINGLE: []}  # the first: also of new ones
    for style in styles:
        search, _, trial = style.model.partition(" #")
        if models.count(style.model) > 1:
            name, text = style.model, style.title
        elif trial:
            name, text = f"trials of {search}", f"#{trial}"
        else:
            name, text = _SINGLE, style.model
        groups.setdefault(name, []).append((text, style))
    return {name: group for name, group in groups.items() if group}


def _show(pill: ui.element, on: bool) -> None:
    pill.classes(replace=f"pill {'on' if on else ''}")
    pill.props(f'aria-pressed="{str(on).lower()}"')
