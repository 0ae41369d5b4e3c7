"""Runs: what is being trained and searched, and what has been."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from nicegui import ui

from pleinair.studio import theme
from pleinair.studio.files import Shelf
from pleinair.studio.runs import Run, find_runs

_EVERY = 1.5  # seconds between two looks at the folder


def register(folder: Path, shelf: Shelf) -> None:
    """Make the page of all runs in a folder."""

    @ui.page("/")
    def show() -> None:
        with theme.frame("Runs", "/"):
            _Page(folder, shelf)


class _Page:
    """Cards that follow what is in the folder."""

    def __init__(self, folder: Path, shelf: Shelf) -> None:
        self._folder, self._shelf = folder, shelf
        self._cards: dict[str, _Card] = {}
        with theme.heading("Runs", "Networks that learn to paint, and searches for better ones."):
            theme.button("Search a network", "/new/sweep")
            theme.button("Train a style", "/new/training", strong=True)
        self._content = ui.element("div")
        self._update()
        ui.timer(_EVERY, self._update)

    def _update(self) -> None:
        runs = find_runs(self._folder)
        if [run.name for run in runs] != list(self._cards) or not runs:
            self._build(runs)
        for run in runs:
            self._cards[run.name].update(run)

    def _build(self, runs: list[Run]) -> None:
        if not runs and self._content.default_slot.children:
            return
        self._content.clear()
        with self._content:
            if not runs:
                _nothing()
                return
            with ui.element("div").classes("cards"):
                self._cards = {run.name: _Card(run, self._shelf.url) for run in runs}


def _nothing() -> None:
    with theme.empty(
        "Nothing has been trained here yet",
        "Choose a painting and some photos, and a network learns to paint like it. You can "
        "watch its first strokes after a minute, and stop it whenever you like.",
    ):
        theme.button("Train a style", "/new/training", strong=True)
        theme.button("Look at the shipped ones", "/gallery")


class _Card:
    """One run: its latest picture, how far it is, how it ended."""

    def __init__(self, run: Run, url: Callable[[Path], str]) -> None:
        self._url, self._shown = url, ""
        with ui.link(target=f"/run/{quote(run.name, safe='')}").classes("card"):
            self._picture = ui.element("img").classes("picture").props('alt="" loading="lazy"')
            self._blank = ui.label("No picture yet").classes("picture none")
            with ui.element("div").classes("body"):
                with ui.element("div").classes("line"):
                    ui.label(run.name).classes("name")
                    self._chip = theme.chip(run.status)
                self._words = ui.label().classes("soft small")
                with ui.element("div").classes("bar") as self._bar:
                    self._part = ui.element("div")
                self._error = ui.label().classes("error small")
        self.update(run)

    def update(self, run: Run) -> None:
        """Show how the run stands now."""
        theme.set_chip(self._chip, run.status)
        self._words.set_text(progress_words(run))
        part = run.step / run.steps if run.steps else 0.0
        self._part.style(f"width: {100 * min(part, 1):.1f}%")
        self._bar.set_visibility(run.status in ("running", "stopped") and run.steps > 0)
        self._error.set_text(run.error)
        self._error.set_visibility(bool(run.error))
        latest = self._url(run.previews[0]) if run.previews else ""
        if latest != self._shown:
            self._picture.props(f'src="{latest}"')
            self._shown = latest
        self._picture.set_visibility(bool(latest))
        self._blank.set_visibility(not latest)


def progress_words(run: Run) -> str:
    """How far a run is, in a line."""
    unit = "step" if run.kind == "training" else "trial"
    if run.step == 0 and run.status == "running":
        if run.kind == "training":
            return "getting ready"
        return run.now.replace("the next", "the first trial") or "the first trial is under way"
    if run.status == "finished" and run.step:
        words = [f"{run.step} {unit}s"]
    else:
        words = [f"{unit} {run.step} of {run.steps}" if run.steps else f"{run.step} {unit}s"]
    if run.seconds:
        words.append(theme.duration(run.seconds))
    if run.loss is not None:
        words.append(f"loss {run.loss:.3g}")
    if run.now:
        words.append(run.now)
    return " · ".join(words)
