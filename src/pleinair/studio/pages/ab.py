"""Blind A/B tests: all of them, and the form that makes one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from nicegui import ui

from pleinair.studio import theme
from pleinair.studio.ab.painting import QUESTION, make
from pleinair.studio.ab.store import Store
from pleinair.studio.ab.tables import AbTest, Status
from pleinair.studio.ab.workshop import Workshop
from pleinair.studio.files import Shelf, Source, Uploads
from pleinair.studio.forms import field, number
from pleinair.studio.models import Models
from pleinair.studio.pages import ab_results
from pleinair.studio.painting import Choice, Painter, choices, scene_source
from pleinair.studio.sources import Sources
from pleinair.styles import StyleError
from pleinair.video import MediaError

WORDS = {"painting": "not ready", "open": "open", "closed": "closed"}
_OWN = "their own first style"
_EVERY = 2.0


def register(
    folder: Path, store: Store, uploads: Uploads, models: Models, painter: Painter, shelf: Shelf
) -> None:
    """Make the pages of A/B tests: all, a new one, one with its results."""
    workshop = Workshop(store)

    @ui.page("/tests")
    def show() -> None:
        with theme.frame("A/B tests", "/tests"):
            _Tests(store)

    @ui.page("/tests/new", response_timeout=20)
    async def new() -> None:
        with theme.frame("New A/B test", "/tests"):
            found = await asyncio.to_thread(choices, folder, models.all())
            scene = await asyncio.to_thread(scene_source, painter.folder)
            _New(found, scene, store, workshop, uploads, shelf)

    ab_results.register(store, workshop)  # comes last: its address fits any test's


class _Tests:
    """A card for every test."""

    def __init__(self, store: Store) -> None:
        self._store = store
        words = "Which of two paintings do people like better, not knowing what made them?"
        with theme.heading("A/B tests", words):
            theme.button("New test", "/tests/new", strong=True)
        self._content = ui.element("div")
        self._shown: list[tuple[str, Status, int]] = []
        self._update()
        ui.timer(_EVERY, self._update)

    def _update(self) -> None:
        votes = self._store.votes()
        tests = self._store.tests()
        now = [(test.token, test.status, votes.get(test.id, 0)) for test in tests]
        if now == self._shown and self._content.default_slot.children:
            return
        self._shown = now
        self._content.clear()
        with self._content:
            if not tests:
                _nothing()
                return
            with ui.element("div").classes("cards"):
                for test in tests:
                    _card(test, votes.get(test.id, 0))


def _card(test: AbTest, votes: int) -> None:
    with (
        ui.link(target=f"/tests/{test.token}").classes("card"),
        ui.element("div").classes("body"),
    ):
        with ui.element("div").classes("line"):
            ui.label(test.name).classes("name")
            status_chip(test)
        ui.label(test.question).classes("soft")
        ui.label(f"{votes:,} {'vote' if votes == 1 else 'votes'}").classes("small")


def status_chip(test: AbTest) -> ui.label:
    """A word for a test's status, in its colour."""
    colours = {"painting": "running", "open": "finished", "closed": "stopped"}
    return ui.label(WORDS[test.status]).classes(f"chip {colours[test.status]}")


def _nothing() -> None:
    with theme.empty(
        "Nobody has been asked yet",
        "Choose models, photos and clips. Everything is painted beforehand; then people see pairs "
        "by a link, side by side, and say which they like better. From five people on it is known "
        "how sure the result is.",
    ):
        theme.button("New test", "/tests/new", strong=True)


class _New:
    """The form of a test."""

    def __init__(
        self,
        styles: list[Choice],
        scene: Source,
        store: Store,
        workshop: Workshop,
        uploads: Uploads,
        shelf: Shelf,
    ) -> None:
        self._store, self._workshop = store, workshop
        # Models of the same name are told apart by a number.
        paths = dict.fromkeys((style.model, style.path) for style in styles)
        names = [name for name, _ in paths]
        self._models = {
            f"{name} {names[:i].count(name) + 1}" if name in names[:i] else name: path
            for i, (name, path) in enumerate(paths)
        }
        self._styles = {
            name: {s.style: s.title for s in styles if s.path == path}
            for name, path in self._models.items()
        }
        ui.link("← All tests", "/tests").classes("back")
        with theme.heading("New A/B test", "Everything is painted first, which takes a moment."):
            pass
        with ui.element("div").classes("form"):
            self._what()
            with ui.element("section").classes("panel"):
                theme.title("Photos and clips")
                self._sources = Sources(uploads, shelf, drawn=scene)
            with ui.element("div").classes("stack"):
                self._error = theme.said("")
                self._error.set_visibility(False)
                with ui.element("div").classes("actions"):
                    self._button = theme.button("Paint and open", self._start, strong=True)

    def _what(self) -> None:
        with ui.element("section").classes("panel"), ui.element("div").classes("fields"):
            theme.title("The test").classes("wide")
            self._name = field("Name", "", "For you; hidden from raters").classes("wide")
            self._question = field("Question", QUESTION, "What raters are asked").classes("wide")
            first = list(self._models)[:2]
            self._which = ui.select(
                list(self._models), value=first, multiple=True, label="Models"
            ).props("outlined use-chips")
            self._which.classes("wide").on_value_change(self._offer)
            self._style = ui.select({}, multiple=True, label="Styles", value=[])
            self._style.props(f'outlined use-chips hint="Empty: {_OWN}"').classes("wide")
            self._trials = number("Pairs of a sitting", 30, "About five minutes", least=4)
            self._seconds = number("Seconds of a clip", 6, least=1)
            self._offer()

    def _offer(self) -> None:
        """The styles that all chosen models have."""
        chosen = [self._styles[name] for name in self._which.value or []]
        titles = chosen[0] if chosen else {}
        common = {style: titles[style] for style in titles if all(style in c for c in chosen)}
        kept = [style for style in self._style.value if style in common]
        self._style.set_options(common, value=kept or list(common)[:1])

    async def _start(self) -> None:
        self._error.set_visibility(False)
        self._button.disable()
        try:
            token = await asyncio.to_thread(self._made)
        except (ValueError, StyleError, MediaError) as error:
            self._error.set_text(str(error))
            self._error.set_visibility(True)
            return
        finally:
            self._button.enable()
        self._workshop.paint(token)
        ui.navigate.to(f"/tests/{token}")

    def _made(self) -> str:
        """Keep the test; ValueError says what is missing."""
        name = str(self._name.value or "").strip()
        if not name:
            raise ValueError("Give the test a name.")
        if name in [test.name for test in self._store.tests()]:
            raise ValueError(f"There is a test named {name}: choose another name.")
        models = list(self._which.value or [])
        if len(models) < 2:
            raise ValueError("Choose at least two models.")
        chosen = self._sources.chosen
        if not chosen:
            raise ValueError("Choose at least one photo or clip.")
        question = str(self._question.value or "").strip() or QUESTION
        titles = [source.title for source in chosen]
        return make(
            self._store,
            name[:100],
            [f"{model}={self._models[model]}" for model in models],
            [
                (title if titles.count(title) == 1 else f"{title} {source.key[:4]}", source.path)
                for title, source in zip(titles, chosen, strict=True)
            ],
            styles=self._style.value or (),
            question=question[:150],
            trials=int(self._trials.value or 30),
            seconds=float(self._seconds.value or 6),
        ).token
