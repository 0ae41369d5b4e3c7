"""Runs the contenders of one cell of a table in turns, and takes medians.

All of them are loaded, each in its own process, and run one after the other, round by round: what
else the machine does then hits everybody alike.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import peers
from bench.process import PeerError, Process

_WARM_UPS = 2
_TURN = 0.1  # seconds that a contender runs before it is the next one's turn
_PAUSE = 0.05  # seconds in which a peer's threads stop waiting for work that does not come
TOLERANCE = 1e-3
_ELSE = 1e-2  # beyond this a peer does not compute inexactly but something else


@dataclass(frozen=True)
class Contender:
    """A peer, and for ours the instruction set it is told to use ("" for its own choice)."""

    peer: str
    isa: str = ""

    @property
    def label(self) -> str:
        """Its name in tables and messages."""
        return f"{peers.TITLES[self.peer]} {self.isa}".strip()

    @property
    def variables(self) -> dict[str, str]:
        """The environment it runs in."""
        return {"PLEINAIR_ISA": self.isa} if self.isa else {}


@dataclass(frozen=True)
class Plan:
    """How long and how to measure.

    Rounds go on until there are `rounds` of them and `seconds` have passed.
    """

    rounds: int = 7
    seconds: float = 10.0
    realtime: bool = False
    cache: Path = field(default_factory=lambda: Path(tempfile.gettempdir()) / "pleinair-bench")


@dataclass
class Result:
    """What one contender did with one model at one thread count.

    `milliseconds` of a run: CPU time with one thread, wall clock with more. `difference` from the
    judge's output: the largest one over the judge's largest value. Memory is the process's peak
    over what the interpreter with NumPy and the input takes; `failure` says why there is no more.
    """

    milliseconds: float = 0.0
    create_milliseconds: float = 0.0
    memory_bytes: int = 0
    library_bytes: int = 0
    difference: float = 0.0
    agrees: bool = True
    version: str = ""
    failure: str = ""

    @property
    def counts(self) -> bool:
        """Whether ours is held against it: an inexact peer is still a choice that people have."""
        return not self.failure and self.difference <= _ELSE


def prepared(contender: Contender, model: Path, plan: Plan) -> Path:
    """The model in the peer's format: converted in a process of its own, once."""
    key = hashlib.sha256(model.read_bytes()).hexdigest()[:16]
    folder = plan.cache / contender.peer / key
    done = folder / "ready"
    if done.exists():
        return Path(done.read_text() or model)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with Process(1, {}, realtime=False) as process:
        made = process.order("prepare", peer=contender.peer, model=str(model), folder=str(folder))
    done.write_text("" if made["model"] == str(model) else made["model"])
    return Path(made["model"])


def measure(
    model: Path,
    x: NDArray[Any],
    contenders: Sequence[Contender],
    threads: int,
    plan: Plan,
    tell: Callable[[str], None] = lambda _: None,
) -> dict[Contender, Result]:
    """Measures one cell: every contender on the same model and input.

    `tell` is called with what is going on. A contender that fails has its `failure` set. Raises
    ValueError if the judge is not among the contenders and PeerError if it fails.
    """
    judge = Contender(peers.JUDGE)
    if judge not in contenders:
        raise ValueError(f"{judge.label} must be there: the others' outputs are held against its")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        np.save(folder / "input.npy", x)
        results = {contender: Result() for contender in contenders}
        outputs: dict[Contender, NDArray[Any]] = {}
        running: dict[Contender, Process] = {}
        for contender in contenders:
            tell(f"{contender.label}: loading")
            process = stack.enter_context(Process(threads, contender.variables, plan.realtime))
            try:
                _start(process, contender, model, threads, plan, folder, results[contender])
            except PeerError as error:
                results[contender].failure = str(error)
                continue
            outputs[contender] = np.load(folder / "output.npy")
            running[contender] = process
        if judge not in running:
            raise PeerError(f"{judge.label}: {results[judge].failure}")
        for contender, output in outputs.items():
            _compare(output, outputs[judge], results[contender])
        times = _rounds(running, threads, plan, tell)
        for contender, taken in times.items():
            results[contender].milliseconds = 1000 * median(taken)
        return results


def _start(
    process: Process,
    contender: Contender,
    model: Path,
    threads: int,
    plan: Plan,
    folder: Path,
    result: Result,
) -> None:
    """Loads and warms up, filling in all of `result` that is not the runs' time."""
    ready = prepared(contender, model, plan)
    loaded = process.order(
        "load",
        peer=contender.peer,
        model=str(ready),
        input=str(folder / "input.npy"),
        threads=threads,
    )
    for _ in range(_WARM_UPS):
        ran = process.order("run", seconds=0)
    process.order("save", path=str(folder / "output.npy"))
    result.version = loaded["version"]
    result.create_milliseconds = 1000 * loaded["seconds"]
    result.library_bytes = loaded["imported_bytes"] - loaded["interpreter_bytes"]
    result.memory_bytes = ran["peak_bytes"] - loaded["interpreter_bytes"]


def _compare(output: NDArray[Any], judged: NDArray[Any], result: Result) -> None:
    if output.shape != judged.shape:
        result.agrees, result.difference = False, float("inf")
        return
    largest = float(np.abs(output.astype(np.float64) - judged).max())
    result.difference = largest / float(np.abs(judged.astype(np.float64)).max())
    # A value on the edge between two integers may be rounded to either.
    whole = np.issubdtype(judged.dtype, np.integer)
    result.agrees = largest <= 1 if whole else result.difference <= TOLERANCE


def _rounds(
    running: dict[Contender, Process], threads: int, plan: Plan, tell: Callable[[str], None]
) -> dict[Contender, list[float]]:
    clock = "cpu" if threads == 1 else "wall"
    times: dict[Contender, list[float]] = {contender: [] for contender in running}
    began, done = time.monotonic(), 0
    while done < plan.rounds or time.monotonic() - began < plan.seconds:
        for contender, process in running.items():
            tell(f"round {done + 1}, {contender.label}")
            times[contender] += process.order("run", seconds=_TURN)[clock]
            time.sleep(_PAUSE)
        done += 1
    return times
