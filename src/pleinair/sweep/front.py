"""What a sweep found: the front, the network that is picked from it, and how presets compare."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import onnx

from pleinair.sweep import record
from pleinair.sweep.config import SweepConfig
from pleinair.sweep.latency import Latency, latency
from pleinair.sweep.trial import COMPLETE
from pleinair.whole import whole

Record = dict[str, Any]
WINNER = "winner.onnx"
MEASURED = "pleinair.measured"


@dataclass(frozen=True)
class Comparison:
    """A preset, and the best of the networks that were at most as slow as it, if there is one."""

    preset: str
    number: int
    score: float
    unrest: float
    ms: float
    rival: int | None
    rival_score: float | None
    rival_unrest: float | None
    rival_ms: float | None

    @property
    def beaten(self) -> bool | None:
        """Whether the rival's score is better; ``None`` without one."""
        return None if self.rival_score is None else self.rival_score < self.score

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "beaten": self.beaten}


@dataclass(frozen=True)
class Winner:
    """The trial that is picked, and its time, measured afresh."""

    number: int
    latency: Latency
    model: Path

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"number": self.number, "latency": self.latency.to_dict()}


def complete(records: Sequence[Record]) -> list[Record]:
    """Those that have values."""
    return [found for found in records if found["state"] == COMPLETE]


def pick(config: SweepConfig, out: Path, front: Sequence[int]) -> Winner | None:
    """The trial of the front with the best score that meets the target when measured afresh.

    Its model is written to ``out/winner.onnx``, with what was measured in its metadata. ``None``
    where none meets the target; a winner from before then goes.
    """
    records = {found["number"]: found for found in complete(record.read_trials(out))}
    # One that was a little too slow before may meet the target now, and the other way round.
    for number in sorted(front, key=lambda number: records[number]["values"][0]):
        if records[number]["values"][2] > 1.1 * config.limit:
            continue
        model = record.folder_of(out, number) / record.MODEL
        afresh = latency(model, config.size, config.device, config.threads, config.limit)
        if afresh.ms <= config.limit:
            winner = Winner(number, afresh, out / WINNER)
            _export(records[number], model, winner)
            return winner
    (out / WINNER).unlink(missing_ok=True)
    return None


def _export(found: Record, source: Path, winner: Winner) -> None:
    model = onnx.load(source)
    figures = {
        "latency": winner.latency.to_dict(),
        **{key: found[key] for key in ("quality", "unrest", "cost")},
    }
    entry = model.metadata_props.add()
    entry.key, entry.value = MEASURED, json.dumps(figures, separators=(",", ":"))
    with whole(winner.model) as partial:
        partial.write_bytes(model.SerializeToString())


def compare(records: Sequence[Record]) -> list[Comparison]:
    """Each preset beside the best score at equal latency."""
    ended = complete(records)
    others = [found for found in ended if not found["preset"]]
    made = []
    for found in ended:
        if not found["preset"]:
            continue
        score, unrest, ms = found["values"]
        rivals = [other for other in others if other["values"][2] <= ms]
        best = min(rivals, key=lambda other: float(other["values"][0]), default=None)
        theirs = best["values"] if best else (None, None, None)
        number = best["number"] if best else None
        made.append(
            Comparison(found["preset"], found["number"], score, unrest, ms, number, *theirs)
        )
    return made
