"""The whole sweep: from paintings to a network that meets the target, and a report."""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pleinair.extras import SWEEP, require

require("a sweep", SWEEP, "sweep")

from pleinair.styles.catalogue import user_folder  # noqa: E402
from pleinair.sweep import record, stopping  # noqa: E402
from pleinair.sweep.config import SweepConfig  # noqa: E402
from pleinair.sweep.front import Comparison, Winner, compare, pick  # noqa: E402
from pleinair.sweep.latency import latency, untrained  # noqa: E402
from pleinair.sweep.quality import Material, jury  # noqa: E402
from pleinair.sweep.report import write_report  # noqa: E402
from pleinair.sweep.study import Study  # noqa: E402
from pleinair.sweep.trial import (  # noqa: E402
    FAILED,
    LOST,
    STOPPED,
    TrialResult,
    TrialSpec,
    run_trial,
)
from pleinair.train.data import find_images  # noqa: E402
from pleinair.train.features import load_features  # noqa: E402
from pleinair.whole import whole  # noqa: E402

SETTINGS, RESULT, LOCK = "sweep.json", "result.json", "sweep.lock"
_FREE = frozenset({"trials", "train_threads"})
_MOST_REJECTED = 500  # networks in a row that are too slow
_MOST_FAILED = 3  # trials in a row

Say = Callable[[str], object]
Step = Callable[[int, int, int], object]
"""Called with a trial's number, the steps it has done, and how many trials have ended."""
Runner = Callable[[Callable[[], TrialSpec | None]], Iterator[TrialResult]]
"""Runs the trials that it is given, as long as there are, and gives results as they end.

By then the record of a trial lies in the sweep's folder.
"""


@dataclass(frozen=True)
class Outcome:
    """What a sweep came to; ``winner`` is ``None`` where no network met the target."""

    report: Path
    trained: int
    rejected: int
    front: list[int]
    winner: Winner | None
    comparisons: list[Comparison]
    installed: Path | None


class Sweep:
    """A sweep in a folder: made anew, or gone on with where the folder has one.

    Raises ``ValueError`` where the folder's sweep has other settings (but for ``trials``, of
    which there may be more), or where another process is at work in it.
    """

    def __init__(
        self,
        config: SweepConfig,
        out: Path,
        storage: str | None = None,
        say: Say = lambda _: None,
        step: Step = lambda *_: None,
    ) -> None:
        self.config, self.out = config, out
        self.say, self.step = say, step
        self.storage = storage
        self.photos, self.material = _material(config)
        self._open: set[int] = set()
        self._failed = 0

    def run(self, runner: Runner | None = None, *, install: bool = False) -> Outcome:
        """Run the trials that are missing, pick the winner, and write the report.

        ``KeyboardInterrupt`` leaves a folder that the same call goes on with.
        """
        with _locked(self.out):
            mark = _settle(self.config, self.out)
            self.judges = jury(self.material)
            load_features(self.config.features)
            study = Study(self.config, self.out, mark, self.storage)
            record.sweep_up(self.out)
            for number in study.recover():
                self.say(f"trial {number} was interrupted: its network is tried again")
            try:
                for result in (runner or self._here)(lambda: self._next(study)):
                    self._end(study, result)
            except BaseException:
                # If the database is what failed, the next start puts things right.
                with suppress(Exception):
                    study.recover()
                raise
            return self._finish(study, install)

    def _next(self, study: Study) -> TrialSpec | None:
        """The next network that meets the target, unless enough are under way or have ended.

        Those that do not meet it are told, and left at that.
        """
        config = self.config
        if len(record.read_trials(self.out)) + len(self._open) >= config.trials:
            return None
        for _ in range(_MOST_REJECTED):
            number, params, preset, retry_of = study.ask()
            train = config.training(params)
            model = untrained(train.levers)
            time = latency(model, config.size, config.device, config.threads, config.limit)
            if preset is None and time.ms > config.limit:
                study.reject(number, time)
                self._note_rejected(number, params, time.ms)
                continue
            past = self._past() if config.stopping and preset is None else []
            rungs = tuple((step, stopping.bar(past, step, time.ms)) for step in config.rungs)
            self._open.add(number)
            return TrialSpec(
                number, params, train, self.photos, self.material, time, rungs, preset, retry_of
            )
        raise ValueError(
            f"of {_MOST_REJECTED} networks in a row none paints {config.target_fps:g} frames a "
            f"second of {config.size[0]}x{config.size[1]}: lower --target-fps or --size"
        )

    def _past(self) -> list[stopping.Past]:
        return [
            stopping.Past(
                found["latency"]["ms"], {rung["step"]: rung["score"] for rung in found["rungs"]}
            )
            for found in record.read_trials(self.out)
            if found["state"] != FAILED
        ]

    def _note_rejected(self, number: int, params: dict[str, Any], ms: float) -> None:
        with (self.out / record.REJECTED).open("a") as file:
            file.write(json.dumps({"number": number, "ms": ms, "params": params}) + "\n")

    def _here(self, following: Callable[[], TrialSpec | None]) -> Iterator[TrialResult]:
        """Run trials in this process, one after the other."""
        while (spec := following()) is not None:
            ended = len(record.read_trials(self.out))
            step = partial(self._note, spec.number, ended)
            with record.recording(self.out, spec.number) as folder:
                result = run_trial(spec, folder, step)
            yield result

    def _note(self, number: int, ended: int, step: int) -> None:
        self.step(number, step, ended)

    def _end(self, study: Study, result: TrialResult) -> None:
        self._open.remove(result.number)
        if result.state == LOST:
            study.repeat(result.number)
            self.say(f"trial {result.number} was lost ({result.why}): its network is tried again")
            return
        study.tell(result.number, result)
        self.say(_told(record.read_trial(self.out, result.number) or {}))
        self._failed = self._failed + 1 if result.state == FAILED else 0
        if self._failed == _MOST_FAILED:
            raise ValueError(f"{_MOST_FAILED} trials in a row failed, the last: {result.why}")

    def _finish(self, study: Study, install: bool) -> Outcome:
        records = record.read_trials(self.out)
        members = study.front()
        winner = pick(self.config, self.out, members)
        comparisons = compare(records)
        installed = None
        if winner is not None and install:
            installed = user_folder() / f"{self.config.name}.onnx"
            with whole(installed) as partial:
                partial.write_bytes(winner.model.read_bytes())
        result = {
            "front": members,
            "winner": winner.to_dict() if winner else None,
            "comparisons": [found.to_dict() for found in comparisons],
            "trained": len(records),
            "rejected": study.rejected,
            "judge": {"name": self.judges.judge.name, "held_out": self.judges.held_out},
        }
        record.write_json(self.out / RESULT, result)
        report = write_report(self.config, self.out, result)
        return Outcome(
            report, len(records), study.rejected, members, winner, comparisons, installed
        )


def _material(config: SweepConfig) -> tuple[tuple[Path, ...], Material]:
    """Photographs to train on and those to judge by: kept apart where none are given."""
    files = find_images(config.photos)
    if config.judged:
        judged: list[Path] = []
        for path in config.judged:
            judged += find_images([path]) if path.is_dir() else [path]
    else:
        judged = files
    count = min(config.judged_count, len(judged))
    chosen = [judged[(2 * i + 1) * len(judged) // (2 * count)] for i in range(count)]
    training = tuple(path for path in files if path not in chosen)
    if not training:
        raise ValueError("photos: all of them are needed to judge by: give more")
    return training, Material(
        photos=tuple(chosen),
        size=config.judged_size,
        paintings=tuple(painting.file for painting in config.paintings),
        clips=config.clips,
        features=str(config.held_out or config.features),
        trained_with=config.features,
    )


def _settle(config: SweepConfig, out: Path) -> str:
    """Write the settings of a new sweep, or compare those of the folder's; gives its mark."""
    path = out / SETTINGS
    if not path.exists():
        mark = uuid.uuid4().hex
        record.write_json(path, {"mark": mark, "config": config.to_dict()})
        return mark
    try:
        kept = json.loads(path.read_text())
        then = SweepConfig.from_dict(kept["config"]).to_dict()
        mark = str(kept["mark"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not the settings of a sweep: {error}") from error
    for name, value in config.to_dict().items():
        if name not in _FREE and then[name] != value:
            raise ValueError(
                f"{out} has a sweep whose {name} is {then[name]!r}, not {value!r}: "
                "choose another --out"
            )
    record.write_json(path, {"mark": mark, "config": config.to_dict()})
    return mark


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Keep other processes out of the folder; the lock goes with the process, however it ends."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "?"
            raise ValueError(f"{out}: another sweep is at work here (process {owner})") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _told(found: dict[str, Any]) -> str:
    """A trial in one line."""
    head = f"trial {found['number']}"
    if found["preset"]:
        head += f" ({found['preset']})"
    if found["state"] == FAILED:
        return f"{head} failed: {found['why']}"
    ms = found["latency"]["ms"]
    if found["state"] == STOPPED:
        return f"{head}: {ms:.1f} ms, stopped, {found['why']}"
    score, unrest, _ = found["values"]
    return f"{head}: {ms:.1f} ms, score {score:.3f}, unrest {unrest:.2f}"
