"""One run: its curves, its previews from the first strokes on, and what can be done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from nicegui import ui

from pleinair.studio import charts, jobs, theme
from pleinair.studio.files import Shelf
from pleinair.studio.pages.runs import progress_words
from pleinair.studio.pages.trials import Trials
from pleinair.studio.painting import run_name
from pleinair.studio.runs import Curve, Run, find_runs, read_run, settings

_EVERY = 1.0
_GOODBYE = {
    "training": "It finishes its step and saves.",
    "sweep": "It leaves the trial under way, which it begins again when it goes on.",
}
REPORT = "report.html"


def register(folder: Path, shelf: Shelf) -> None:
    """Make the page of one run."""

    @ui.page("/run/{name}")
    def show(name: str) -> None:
        # Looked up, not joined to a path: a name is whatever a browser says.
        run = next((run for run in find_runs(folder) if run.name == name), None)
        with theme.frame(name, "/"):
            if run is None:
                with theme.empty("There is no such run", "It may have been moved or deleted."):
                    theme.button("All runs", "/", strong=True)
            else:
                _Page(run, shelf)


class _Page:
    """A run that is looked at again and again."""

    def __init__(self, run: Run, shelf: Shelf) -> None:
        self._folder, self._shelf, self._stopping = run.folder, shelf, False
        self._goodbye = _GOODBYE[run.kind]
        theme.back()
        with theme.heading(run.name):
            self._chip = theme.chip(run.status)
            self._stop = theme.button("Stop", self._ask_stop)
            self._resume = theme.button("Go on", self._go_on, strong=True)
            again = f"/new/{run.kind}?like={quote(run.name)}"
            self._again = theme.button("Change the settings", again, strong=True)
            self._report = ui.link("Report", "#", new_tab=True).classes("button")
            self._gallery = theme.button("See it paint", self._see)
        with ui.element("div").classes("stack"):
            with ui.element("div"):
                self._words = ui.label().classes("soft")
                with ui.element("div").classes("bar").style("margin-top: .5rem") as self._bar:
                    self._part = ui.element("div")
            self._error = theme.said("")
            self._parts: list[Callable[[Run], None]] = []
            if run.kind == "training":
                with ui.element("div").classes("halves"):
                    self._parts += [_Curves(run).update, _Previews(shelf).update]
            else:
                self._parts.append(Trials(shelf).update)
            self._more(run)
        self._update()
        ui.timer(_EVERY, self._update)

    def _more(self, run: Run) -> None:
        with ui.element("div").classes("halves"):
            self._facts = ui.element("section").classes("panel")
            with ui.element("section").classes("panel"):
                theme.title("What it says")
                self._log = ui.element("pre").classes("log")
                with self._log:
                    self._said = ui.label().style("white-space: pre-wrap")
        self._shown_facts: dict[str, str] = {}
        if not run.ours:
            self._said.set_text("It was started elsewhere, so what it says is shown there.")

    def _update(self) -> None:
        run = read_run(self._folder)
        if run is None:
            return
        self._stopping = self._stopping and run.status == "running"
        theme.set_chip(self._chip, run.status)
        if self._stopping:
            self._chip.set_text("stopping")
        self._words.set_text(progress_words(run))
        self._part.style(f"width: {100 * min(run.step / run.steps, 1) if run.steps else 0:.1f}%")
        self._bar.set_visibility(run.steps > 0 and run.status != "finished")
        self._error.set_text(run.error)
        self._error.set_visibility(bool(run.error))
        self._stop.set_visibility(run.ours and run.status == "running")
        self._stop.set_enabled(not self._stopping)
        self._resume.set_visibility(run.resumable)
        self._again.set_visibility(run.ours and run.status == "failed")
        self._gallery.set_visibility(run.model is not None)
        self._report.set_visibility((run.folder / REPORT).is_file())
        self._report.props(f'href="{self._shelf.url(run.folder / REPORT)}"')
        for part in self._parts:
            part(run)
        if run.ours:
            self._said.set_text(jobs.tail(run.folder).strip() or "Nothing yet.")
        self._show_facts(facts(run))

    def _show_facts(self, shown: dict[str, str]) -> None:
        if shown == self._shown_facts:
            return
        self._shown_facts = shown
        self._facts.clear()
        with self._facts:
            theme.title("Settings")
            with ui.element("div").classes("facts"):
                for name, value in shown.items():
                    ui.label(name)
                    ui.label(value)

    def _see(self) -> None:
        run = read_run(self._folder)
        if run is not None and run.model is not None:
            model = run_name(self._folder.parent, run.model)
            ui.navigate.to(f"/gallery?model={quote(model)}")

    def _ask_stop(self) -> None:
        try:
            jobs.stop(self._folder)
        except jobs.JobError as error:
            ui.notify(str(error))
            return
        self._stopping = True
        ui.notify(self._goodbye)
        self._update()

    async def _go_on(self) -> None:
        job = jobs.read_job(self._folder)
        if job is None:
            return
        words = [word for word in job.arguments if word != "--resume"]
        try:
            more = ["--resume"] if words[0] == "train" else []
            await asyncio.to_thread(jobs.start, self._folder, [*words, *more])
        except jobs.JobError as error:
            ui.notify(str(error), type="negative")
        self._update()


class _Curves:
    """The losses, each a line that grows."""

    def __init__(self, run: Run) -> None:
        self._curve = Curve(run.folder / "curve.jsonl")
        with ui.element("section").classes("panel"):
            theme.title("Losses")
            self._none = ui.label("The first step is under way.").classes("soft")
            self._chart = ui.echart(charts.curves({})).classes("chart")

    def update(self, _run: Run) -> None:
        """Draw what is new."""
        fresh = self._curve.update()
        drawn = bool(self._curve.points)
        self._none.set_visibility(not drawn)
        self._chart.set_visibility(drawn)
        if not fresh:
            return
        lines = {name: self._curve.smooth(name) for name in self._curve.losses()}
        self._chart.options.clear()
        self._chart.options.update(charts.curves(lines))
        self._chart.update()


class _Previews:
    """What the network paints so far; a slider goes back to its first strokes."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._paths: tuple[Path, ...] = ()  # the oldest first
        with ui.element("section").classes("panel"):
            theme.title("Previews")
            self._none = ui.label(
                "The first one comes after some steps: the photos, and what is painted of them."
            ).classes("soft")
            self._sheet = (
                ui.element("img").classes("sheet").props('alt="Photos and their paintings"')
            )
            with ui.element("div").classes("steps") as self._steps:
                self._slider = ui.slider(min=0, max=1, value=0, on_change=self._show)
                self._slider.props('aria-label="Step of the preview"')
                self._step = ui.label().classes("soft small")

    def update(self, run: Run) -> None:
        """Show the newest, unless an older one is being looked at."""
        paths = run.previews[::-1]
        if paths == self._paths:
            return
        newest = not self._paths or self._slider.value >= len(self._paths) - 1
        self._paths = paths
        self._slider.props(f"max={max(len(paths) - 1, 1)}")
        if newest:
            self._slider.set_value(len(paths) - 1)
        self._show()

    def _show(self) -> None:
        there = bool(self._paths)
        self._none.set_visibility(not there)
        self._sheet.set_visibility(there)
        self._steps.set_visibility(len(self._paths) > 1)
        if there:
            path = self._paths[min(int(self._slider.value), len(self._paths) - 1)]
            self._sheet.props(f'src="{self._shelf.url(path)}"')
            self._step.set_text(f"step {int(path.stem.rpartition('-')[2])}")


def facts(run: Run) -> dict[str, str]:
    """What people want to know of a run's settings."""
    found = {"folder": str(run.folder)}
    if run.model is not None:
        found["model"] = f"{run.model.name}, {run.model.stat().st_size / 1000:.0f} KB"
    chosen = settings(run.folder)
    if chosen:
        paintings = [
            str(painting.get("title") or painting["name"]) for painting in chosen["paintings"]
        ]
        found["paintings"] = ", ".join(paintings)
        found["photos"] = ", ".join(map(str, chosen["photos"]))
        found["features"] = Path(str(chosen["features"])).name
        found["begins with"] = Path(chosen["init"]).stem if chosen.get("init") else "random weights"
        found["crops"] = f"{chosen['batch']} a step, {chosen['size']} px"
    if run.job is not None:
        found["command"] = f"pleinair {' '.join(run.job.arguments)}"
    return found
