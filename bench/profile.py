"""Where the time of our own engine goes: one row per step of its plan."""

from __future__ import annotations

from bench.cases import Case
from bench.report import table
from pleinair.engine import Session

_RUNS = 5
_SMALL = 0.005  # of the whole: steps that take less are one row


def table_of_steps(case: Case, peak: float, isa: str | None) -> str:
    """Each step's least time of a few runs on one thread, in Markdown.

    GFLOP/s count the multiply-adds that are done (Winograd does fewer than the graph says), the
    share is of `peak` GFLOP/s.
    """
    session = Session(case.model, threads=1, isa=isa, profile=True)
    source = session.inputs[0].name
    runs = []
    for _ in range(_RUNS):
        session.run({source: case.x})
        runs.append(session.plan({source: case.x.shape}).steps)
    whole = sum(min(step.seconds for step in same) for same in zip(*runs, strict=True))
    rows = []
    rest = whole
    for same in zip(*runs, strict=True):
        step, seconds = same[0], min(step.seconds for step in same)
        if seconds < _SMALL * whole:
            continue
        rest -= seconds
        rate = 2e-9 * step.macs / seconds
        rows.append(
            [
                f"{step.kind}: {step.description}".removesuffix(": "),
                f"{1000 * seconds:.2f}",
                f"{100 * seconds / whole:.0f} %",
                f"{rate:.0f} ({100 * rate / peak:.0f} %)",
                f"{1e-9 * step.bytes / seconds:.1f}",
            ]
        )
    rows.append(["all others", f"{1000 * rest:.2f}", f"{100 * rest / whole:.0f} %", "", ""])
    rows.append(["**whole**", f"**{1000 * whole:.1f}**", "", "", ""])
    return table(["step", "ms", "of all", "GFLOP/s (of peak)", "GB/s"], rows)
