"""Frames a second on phones, on paper: estimates beside what is measured here."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import machine, mca
from bench.models import Size
from bench.report import geometric_mean, table
from pleinair.engine import Session, Step
from pleinair.sweep.devices import ONE_CORE, PHONES, phone_seconds
from pleinair.sweep.estimate import Core, seconds_of

MARK = 20.0  # frames a second on an iPhone 6s: the mission
HERE = "znver4"
_HERE_FLOP = 32  # of a cycle: two fused multiply-adds of eight lanes
_HERE_ISAS = ("avx2", "avx512")
_RUNS = 40
_COPY = 2 << 20  # bytes, as of a tensor between two steps
_SMALL = 0.01  # of the whole: steps that take less are one row


@dataclass(frozen=True)
class Model:
    """A model at a size, its steps as measured here by instruction set."""

    name: str
    size: Size
    steps: dict[str, tuple[Step, ...]]

    @property
    def row(self) -> str:
        """The head of the row."""
        return f"{self.name} {self.size[1]}×{self.size[0]}"


def make_cores(tool: str) -> tuple[dict[str, Core], dict[str, Core]]:
    """The cores of the phones by name, and this machine's by instruction set."""
    code = mca.compile_loops(mca.ISAS["neon"])
    processors = {phone.processor for phone in PHONES}
    parts = {name: mca.analyse(code, name, tool) for name in processors}
    phones = {
        phone.name: Core(phone.ghz[0], code.lanes, code.blocks, parts[phone.processor])
        for phone in PHONES
    }
    ghz, here = machine.fma_peak(1) / _HERE_FLOP, {}
    for isa in _HERE_ISAS:
        code = mca.compile_loops(mca.ISAS[isa])
        here[isa] = Core(ghz, code.lanes, code.blocks, mca.analyse(code, HERE, tool))
    return phones, here


def constants(tool: str) -> str:
    """The cycles of the loops on the phones' processors as JSON, for `pleinair.sweep.devices`."""
    code = mca.compile_loops(mca.ISAS["neon"])
    made = f"python -m bench devices, llvm-mca {mca.tool_version(tool)}, {code.target}"
    head = {"made": made, "lanes": code.lanes, "blocks": code.blocks}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    lines.append(' "processors": {')
    names = sorted({phone.processor for phone in PHONES})
    for name in names:
        lines.append(f'  "{name}": {{')
        rows = [
            f'   "{part}": {json.dumps(asdict(cycles))}'
            for part, cycles in mca.analyse(code, name, tool).items()
        ]
        lines += [",\n".join(rows), "  }" if name == names[-1] else "  },"]
    return "\n".join(["{", *lines, " }", "}"]) + "\n"


def copy_bandwidth() -> float:
    """Bytes that one core here reads and writes in a second, at best, copying a tensor."""
    source, target = np.ones(_COPY, np.uint8), np.zeros(_COPY, np.uint8)
    best = math.inf
    for _ in range(_RUNS):
        start = time.perf_counter()
        np.copyto(target, source)
        best = min(best, time.perf_counter() - start)
    return 2 * _COPY / best


def measure(path: Path, size: Size) -> Model:
    """The least time of every step of a few runs on one thread here, by instruction set.

    Instruction sets take turns. Raises EngineError for a model that does not run.
    """
    sessions = {isa: Session(path, threads=1, isa=isa, profile=True) for isa in _HERE_ISAS}
    given = _inputs(next(iter(sessions.values())), size)
    shapes = {name: array.shape for name, array in given.items()}
    runs: dict[str, list[tuple[Step, ...]]] = {isa: [] for isa in sessions}
    for _ in range(_RUNS):
        for isa, session in sessions.items():
            session.run(given)
            runs[isa].append(session.plan(shapes).steps)
    steps = {
        isa: tuple(min(same, key=lambda step: step.seconds) for same in zip(*found, strict=True))
        for isa, found in runs.items()
    }
    return Model(path.stem, size, steps)


def _inputs(session: Session, size: Size) -> dict[str, NDArray[Any]]:
    """Noise, the first style, and one half of everything else."""
    image, *others = session.inputs
    noise = np.random.default_rng(0).integers(0, 256, (1, *size, 3))
    given: dict[str, NDArray[Any]] = {image.name: noise.astype(image.dtype)}
    for info in others:
        length = info.shape[0] if info.shape and isinstance(info.shape[0], int) else 1
        given[info.name] = (
            np.eye(length, dtype=info.dtype)[0] if length > 1 else np.full(1, 0.5, info.dtype)
        )
    return given


def ratios(models: Sequence[Model], here: dict[str, Core], bandwidth: float) -> dict[str, float]:
    """How many times as long as estimated the models take here, as geometric means."""
    return {
        isa: geometric_mean(
            sum(s.seconds for s in model.steps[isa])
            / sum(seconds_of(s, core, bandwidth) for s in model.steps[isa])
            for model in models
        )
        for isa, core in here.items()
    }


def table_of_phones() -> str:
    """What is known of the phones, and who says so."""
    rows = [
        [
            phone.name,
            phone.cores,
            " + ".join(f"{ghz:.2f}" for ghz in phone.ghz),
            f"{phone.bandwidth:.1f}",
            f"`{phone.processor}`",
            phone.source,
        ]
        for phone in PHONES
    ]
    return table(["phone", "cores", "GHz", "GB/s", "llvm-mca", "source"], rows)


def table_of_loops(cores: dict[str, Core], here: dict[str, Core]) -> str:
    """Multiply-adds of a cycle in the loops that have them, without what is around the loops."""
    chosen = {phone.processor: cores[phone.name] for phone in PHONES}
    chosen |= {f"{HERE}, {isa}": core for isa, core in here.items()}
    names = [name for name in next(iter(cores.values())).parts if _is_tile(name)]
    rows = []
    for name in names:
        row = [f"`{name}`"]
        for core in chosen.values():
            part = core.parts[name]
            row.append(f"{part.width * core.lanes / part.loops[0]:.1f}")
        rows.append(row)
    return table(["multiply-adds in a cycle", *chosen], rows)


def _is_tile(name: str) -> bool:
    return name.partition("_")[0] in ("conv", "depthwise", "planar", "doubled")


def table_of_estimates(models: Sequence[Model], cores: dict[str, Core], worst: float) -> str:
    """ms as estimated, and frames a second: if it takes `worst` times as long, and as estimated."""
    head = ["ms, frames a second"]
    head += [f"{phone.name}, {count}" for phone in PHONES for count in (1, 2)]
    rows = []
    for model in models:
        row = [model.row]
        for phone in PHONES:
            for count in (1, 2):
                steps = next(iter(model.steps.values()))
                seconds = phone_seconds(steps, phone, cores[phone.name], count)
                row.append(_cell(seconds, worst))
        rows.append(row)
    return table(head, rows)


def _cell(seconds: float, worst: float) -> str:
    low, high = 1 / (seconds * worst), 1 / seconds
    text = f"{1e3 * seconds:.1f}, {low:.0f}–{high:.0f}"
    return f"**{text}**" if low >= MARK else text


def table_of_check(model: Model, here: dict[str, Core], bandwidth: float) -> str:
    """Each step as measured here, as estimated, and the ratio of the two."""
    head = [model.row]
    for isa in here:
        head += [f"{isa}, ms", "estimated", "ratio"]
    steps = list(zip(*(model.steps[isa] for isa in here), strict=True))
    least = _SMALL * sum(same[0].seconds for same in steps)
    others = [same for same in steps if same[0].seconds < least]
    rows = [
        _check_row(f"{same[0].kind}: {same[0].description}", [same], here, bandwidth)
        for same in steps
        if same not in others
    ]
    rows.append(_check_row("all others", others, here, bandwidth))
    rows.append(_check_row("**whole**", steps, here, bandwidth))
    return table(head, rows)


def _check_row(
    name: str, steps_here: Sequence[tuple[Step, ...]], here: dict[str, Core], bandwidth: float
) -> list[str]:
    row = [name]
    for column, core in enumerate(here.values()):
        steps = [same[column] for same in steps_here]
        measured = sum(step.seconds for step in steps)
        estimated = sum(seconds_of(step, core, bandwidth) for step in steps)
        ratio = f"{measured / estimated:.2f}" if estimated else ""
        row += [f"{1e3 * measured:.2f}", f"{1e3 * estimated:.2f}", ratio]
    return row


def section(models: Sequence[Model], tool: str) -> str:
    """All tables, and what to think of them; the first size of each model is checked here."""
    cores, here = make_cores(tool)
    bandwidth = copy_bandwidth()
    checked = list({model.name: model for model in reversed(models)}.values())[::-1]
    off = ratios(checked, here, bandwidth)
    worst = max(1.0, *off.values())
    told = ", ".join(f"{isa} {ratio:.2f}" for isa, ratio in off.items())
    ghz = next(iter(here.values())).ghz
    parts = [
        f"**Estimates: no phone was at hand.** llvm-mca {mca.tool_version(tool)} on the loops that "
        "zig makes for Android. The time of a step is that of its loops, all data in the first "
        "cache, and that of its tensors' bytes at the memory's bandwidth, of which one core gets "
        f"{ONE_CORE:.0%} and two get all. LLVM has no model of the A9's Twister; `cyclone`, of "
        "the A7, is the same family two generations before and as wide, with smaller caches and "
        "slower memory, of which the model knows nothing. `neoverse-n1` is the server's "
        "Cortex-A76; the A78 is wider. Clocks are the highest: a warm phone lowers them.",
        table_of_phones(),
        f"The same method here (`{HERE}`, {ghz:.2f} GHz, {bandwidth / 1e9:.0f} GB/s as measured by "
        f"copying): what is measured takes so many times as long as estimated: {told}. Frames a "
        f"second below run from {worst:.2f} times the estimated time to the estimated time; bold "
        f"where even the first reaches the mission's {MARK:.0f} on an iPhone 6s. 1, 2: cores.",
        table_of_estimates(models, cores, worst),
        f"Measured here, one thread, least of {_RUNS} runs in turns, beside the estimate:",
        *(table_of_check(model, here, bandwidth) for model in checked),
        "What the loops over full tiles do in a cycle:",
        table_of_loops(cores, here),
    ]
    return "\n\n".join(parts)
