"""What a sweep has found so far: its trials as a cloud of points and as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nicegui import ui

from pleinair.studio import charts, theme
from pleinair.studio.files import Shelf
from pleinair.studio.runs import Run
from pleinair.sweep.words import compared, picked

_COLUMNS = {
    "name": "trial",
    "state": "how it ended",
    "ms": "ms a frame",
    "score": "loss",
    "unrest": "unrest",
    "kmac": "kMAC a pixel",
    "kb": "KB",
    "steps": "steps",
}


@dataclass(frozen=True)
class Trial:
    """One network of a sweep; what was not measured is None."""

    number: int
    state: str
    why: str
    preset: str | None
    picked: bool
    ms: float | None
    score: float | None
    unrest: float | None
    kmac: float | None
    kb: float | None
    steps: int | None
    sample: Path | None

    @property
    def name(self) -> str:
        """Its number, the preset that it is, and whether it was picked."""
        words = [*([self.preset] if self.preset else []), *(["picked"] if self.picked else [])]
        return f"{self.number} ({', '.join(words)})" if words else str(self.number)


def read_result(folder: Path) -> dict[str, Any]:
    """What a sweep came to; empty where it has not ended."""
    try:
        found = json.loads((folder / "result.json").read_text())
        for comparison in found["comparisons"]:
            compared(comparison)
        if found["winner"]:
            picked(found["winner"])
    except (OSError, ValueError, TypeError, LookupError):
        return {}
    return dict(found)


def read_trials(folder: Path, winner: int | None = None) -> Iterator[Trial]:
    """The trials that ended, in order; what can't be read is left out."""
    for path in sorted((folder / "trials").glob("[0-9]*/trial.json")):
        try:
            found = json.loads(path.read_text())
            yield _trial(found, path.with_name("sample.png"), winner)
        except (OSError, ValueError, TypeError, LookupError, AttributeError):
            continue


def _trial(found: dict[str, Any], sample: Path, winner: int | None) -> Trial:
    score, unrest, _ = found["values"] or (None, None, None)
    cost = found.get("cost", {})
    return Trial(
        int(found["number"]),
        str(found["state"]),
        str(found.get("why", "")),
        found.get("preset"),
        found["number"] == winner,
        found["latency"]["ms"],
        score,
        unrest,
        cost.get("kmac_per_pixel"),
        cost["bytes"] / 1000 if "bytes" in cost else None,
        found.get("steps"),
        sample if sample.is_file() else None,
    )


class Trials:
    """The cloud and the table, which grow while the sweep is at work."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._shown = -1
        self._verdict = ui.element("section").classes("panel")
        self._verdict.set_visibility(False)
        with ui.element("div").classes("halves"):
            with ui.element("section").classes("panel"):
                theme.title("Cost and loss")
                self._chart = ui.echart(charts.cloud([], "", "")).classes("chart")
                words = "Left and low is better; the line joins those that none beats in both."
                ui.label(words).classes("soft small")
            with ui.element("section").classes("panel"):
                theme.title("What it paints")
                self._none = ui.label("The first trial is under way.").classes("soft")
                self._sample = ui.element("img").classes("sheet")
                self._sample.props('alt="Photos, and what this network paints of them"')
                self._caption = ui.label().classes("soft small")
        with ui.element("section").classes("panel"):
            theme.title("Trials")
            ui.label("A click on a trial shows what it paints.").classes("soft small")
            self._table = ui.table(rows=[], columns=_columns(), row_key="name", pagination=0)
            self._table.props("flat dense hide-pagination binary-state-sort")
            self._table.on("rowClick", self._click)
        self._samples: dict[str, Path] = {}
        self._result: dict[str, Any] = {}

    def update(self, run: Run) -> None:
        """Show the trials that ended meanwhile."""
        result = read_result(run.folder) if run.status != "running" else {}
        if run.step == self._shown and result == self._result:
            return
        self._shown, self._result = run.step, result
        self._tell()
        winner = (result.get("winner") or {}).get("number")
        trials = list(read_trials(run.folder, winner))
        self._samples = {trial.name: trial.sample for trial in trials if trial.sample}
        dots = [
            charts.Dot(f"trial {trial.name}", trial.ms, trial.score)
            for trial in trials
            if trial.ms and trial.score is not None
        ]
        self._chart.options.clear()
        self._chart.options.update(charts.cloud(dots, "ms a frame", "loss"))
        self._chart.update()
        self._table.rows = [_row(trial) for trial in trials]
        self._table.update()
        if self._samples:
            judged = [t for t in trials if t.sample and t.score is not None]
            best = min(judged, key=lambda trial: trial.score or 0.0, default=None)
            self._show(best.name if best else list(self._samples)[-1], "of the lowest loss")
        self._none.set_visibility(not self._samples)

    def _tell(self) -> None:
        """Say what the sweep came to, once it has ended."""
        self._verdict.clear()
        self._verdict.set_visibility(bool(self._result))
        if not self._result:
            return
        winner = self._result["winner"]
        with self._verdict:
            theme.title("What came of it")
            ui.label(f"Picked: {picked(winner)}." if winner else "No network was fast enough.")
            for found in self._result["comparisons"]:
                ui.label(compared(found)).classes("soft")

    def _click(self, event: Any) -> None:
        self._show(str(event.args[1]["name"]))

    def _show(self, name: str, words: str = "") -> None:
        if name in self._samples:
            self._sample.props(f'src="{self._shelf.url(self._samples[name])}"')
            self._caption.set_text(f"trial {name}" + (f", {words}" if words else ""))


def _columns() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": label,
            "field": name,
            "sortable": True,
            "align": "left" if name in ("name", "state") else "right",
        }
        for name, label in _COLUMNS.items()
    ]


def _row(trial: Trial) -> dict[str, Any]:
    def short(value: float | None, digits: int) -> float | None:
        return None if value is None else round(value, digits)

    return {
        "name": trial.name,
        "state": f"{trial.state}: {trial.why}" if trial.why else trial.state,
        "ms": short(trial.ms, 2),
        "score": short(trial.score, 4),
        "unrest": short(trial.unrest, 3),
        "kmac": short(trial.kmac, 3),
        "kb": short(trial.kb, 1),
        "steps": trial.steps,
    }
