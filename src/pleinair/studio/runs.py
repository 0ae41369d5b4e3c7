"""Trainings and sweeps in a folder, as they stand now: read from what they write."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pleinair.studio.jobs import RECORD, Job, last_words, read_job

Status = Literal["running", "stopped", "finished", "failed"]
CURVE, SETTINGS, CHECKPOINT = "curve.jsonl", "run.json", "checkpoint.pt"
_QUIET = 120.0  # seconds without a step after which a run that we did not start counts as stopped
_INTERRUPTED = (130, -2)  # exit statuses after Ctrl-C


@dataclass(frozen=True)
class Run:
    """A training or a sweep in a folder of its own.

    Attributes:
        step, steps: done and wanted: steps of a training, trials of a sweep; `steps` is 0 where
            nobody said.
        loss: the last one, of a training.
        seconds: of training so far.
        error: why it failed, in one line.
        previews: pictures, the newest first; of a sweep the best first.
        model: what it made.
        now: what is under way, in words.
        changed: seconds since 1970.
    """

    name: str
    folder: Path
    kind: Literal["training", "sweep"]
    status: Status
    step: int = 0
    steps: int = 0
    loss: float | None = None
    seconds: float = 0.0
    error: str = ""
    previews: tuple[Path, ...] = ()
    model: Path | None = None
    job: Job | None = None
    now: str = ""
    changed: float = 0.0

    @property
    def ours(self) -> bool:
        """Whether the studio started it, and so can stop it and go on with it."""
        return self.job is not None

    @property
    def resumable(self) -> bool:
        """Whether it can go on from where it stopped."""
        kept = (self.folder / (CHECKPOINT if self.kind == "training" else "study.db")).is_file()
        return self.ours and kept and self.status in ("stopped", "failed")


def find_runs(folder: Path) -> list[Run]:
    """All runs right below a folder: those at work first, then the newest first."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return []
    runs = [
        run
        for entry in entries
        if entry.is_dir() and not entry.name.startswith(".")
        if (run := read_run(Path(entry.path))) is not None
    ]
    return sorted(runs, key=lambda run: (run.status != "running", -run.changed))


def read_run(folder: Path) -> Run | None:
    """The run in a folder, or None where there is none."""
    job = read_job(folder)
    command = job.arguments[0] if job else ""
    if command == "sweep" or (folder / "study.db").exists() or (folder / "trials").is_dir():
        return _sweep(folder, job)
    names = (SETTINGS, CURVE, CHECKPOINT, RECORD)
    if any((folder / name).exists() for name in names):
        return _training(folder, job)
    return None


def settings(folder: Path) -> dict[str, Any]:
    """A training's settings; empty where it hasn't written them."""
    found = _json(folder / SETTINGS)
    return found if isinstance(found, dict) else {}


def _training(folder: Path, job: Job | None) -> Run:
    last, chosen = _last_point(folder / CURVE), settings(folder)
    step, steps = int(last.get("step", 0)), int(chosen.get("steps", 0))
    changed = _changed(folder, CURVE, CHECKPOINT, SETTINGS, RECORD)
    model = folder / f"{chosen.get('name', folder.name)}.onnx"
    made = model if model.is_file() else None
    complete = made is not None and 0 < steps <= step
    status, error = _status(folder, job, complete, changed)
    return Run(
        folder.name,
        folder,
        "training",
        status,
        step,
        steps or _asked(job, "--steps"),
        last.get("total"),
        float(last.get("seconds", 0.0)),
        error,
        tuple(sorted((folder / "previews").glob("step-*.png"), reverse=True)),
        made,
        job,
        changed=changed,
    )


def _sweep(folder: Path, job: Job | None) -> Run:
    chosen = _chosen(folder)
    winner = folder / "winner.onnx"
    changed = _changed(folder, "study.db", RECORD, "report.html")
    status, error = _status(folder, job, winner.is_file(), changed)
    return Run(
        folder.name,
        folder,
        "sweep",
        status,
        step=len(list((folder / "trials").glob("*/trial.json"))),
        steps=int(chosen.get("trials", 0)) or _asked(job, "--trials"),
        error=error,
        previews=tuple(_samples(folder)),
        model=winner if winner.is_file() else None,
        job=job,
        now=_under_way(folder, chosen) if status == "running" else "",
        changed=changed,
    )


def _chosen(folder: Path) -> dict[str, Any]:
    """A sweep's settings; empty where it hasn't written them."""
    found = _json(folder / "sweep.json")
    chosen = found.get("config") if isinstance(found, dict) else None
    return chosen if isinstance(chosen, dict) else {}


def _samples(folder: Path) -> list[Path]:
    """What the trials of a sweep paint, the best first: those that were judged."""
    scores = {}
    for path in sorted((folder / "trials").glob("[0-9]*/sample.png"), reverse=True):
        found = _json(path.with_name("trial.json"))
        values = found.get("values") if isinstance(found, dict) else None
        scores[path] = float(values[0]) if values else float("inf")
    return sorted(scores, key=lambda path: scores[path])


def _under_way(folder: Path, chosen: dict[str, Any]) -> str:
    """Where the trials are that have not ended, and how many networks were too slow."""
    steps = [
        int(_last_point(path).get("step", 0))
        for path in sorted((folder / "trials").glob(".*.part/curve.jsonl"))
    ]
    of = f" of {chosen['steps']}" if "steps" in chosen else ""
    words = [f"the next at step {' and '.join(map(str, steps))}{of}"] if steps else []
    try:
        slow = (folder / "rejected.jsonl").read_bytes().count(b"\n")
    except OSError:
        slow = 0
    words += [f"{slow} networks were too slow"] if slow else []
    return " · ".join(words)


def _status(folder: Path, job: Job | None, complete: bool, changed: float) -> tuple[Status, str]:
    """What became of a run, and its error."""
    if job is None:
        lately = time.time() - changed < _QUIET
        return ("finished" if complete else "running" if lately else "stopped"), ""
    if job.alive:
        return "running", ""
    if job.code == 0:
        return "finished", ""
    if job.code in _INTERRUPTED:
        return "stopped", ""
    if job.code is None:
        return "failed", "It ended without a word: it was killed, or the machine was switched off."
    return "failed", last_words(folder) or f"it ended with status {job.code}"


class Curve:
    """The losses in a curve file, read on from where the last reading ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.points: list[dict[str, float]] = []
        self._file, self._read = 0, 0

    def update(self) -> bool:
        """Read what is new; say whether there was anything."""
        try:
            with self.path.open("rb") as file:
                about = os.fstat(file.fileno())
                if about.st_ino != self._file or about.st_size < self._read:
                    self.points, self._read, self._file = [], 0, about.st_ino
                file.seek(self._read)
                text = file.read()
        except OSError:
            return False
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        self.points += list(_points(whole))
        return bool(whole)

    def losses(self) -> list[str]:
        """Their names, the sum of all first."""
        return [name for name in (self.points or [{}])[-1] if name not in ("step", "seconds")]

    def smooth(self, name: str, most: int = 300) -> list[tuple[float, float]]:
        """Steps and running means of a loss, at most about `most` of them."""
        mean, weight, found = 0.0, 0.0, []
        for point in self.points:
            # Of about 20 steps as in training; fewer where there are fewer.
            mean, weight = 0.95 * mean + 0.05 * point.get(name, 0.0), 0.95 * weight + 0.05
            found.append((point["step"], float(f"{mean / weight:.4g}")))
        stride = max(1, len(found) // most)
        return found[::-1][::stride][::-1]


def _points(lines: bytes) -> Iterator[dict[str, float]]:
    for line in lines.splitlines():
        try:
            point = json.loads(line)
            yield {str(name): float(value) for name, value in point.items()}
        except (ValueError, TypeError, AttributeError):
            continue


def _last_point(path: Path) -> dict[str, float]:
    """The last whole line of a curve."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4000))
            lines = file.read().rpartition(b"\n")[0]
    except OSError:
        return {}
    return next(iter(list(_points(lines))[::-1]), {})


def _asked(job: Job | None, option: str) -> int:
    """The number that a job's command was given for an option; 0 for none."""
    words = job.arguments if job else ()
    after = words[words.index(option) + 1 :] if option in words else ()
    return int(after[0]) if after and after[0].isdigit() else 0


def _changed(folder: Path, *names: str) -> float:
    times = [path.stat().st_mtime for name in names if (path := folder / name).exists()]
    return max(times, default=0.0)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None
