"""Tables in Markdown, and where they go in a file that people write in, too."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import peers
from bench.runner import Contender, Result

NONE = "–"


@dataclass(frozen=True)
class Cell:
    """One row of a table: a model at one size and thread count, and what everybody did.

    `gflop`: two per multiply-add of the graph as written.
    """

    name: str
    size: str
    threads: int
    gflop: float
    results: dict[Contender, Result]

    @property
    def row(self) -> str:
        """The head of the row."""
        return f"{self.name} {self.size}"


def best_peer(cell: Cell) -> Result | None:
    """The fastest result that is not ours."""
    fit = [
        result
        for contender, result in cell.results.items()
        if contender.peer != peers.OURS and result.counts
    ]
    return min(fit, key=lambda result: result.milliseconds, default=None)


def ratio(cell: Cell, ours: Contender) -> float | None:
    """How many times faster ours is than the best peer."""
    best, mine = best_peer(cell), cell.results[ours]
    if best is None or mine.failure or not mine.agrees:
        return None
    return best.milliseconds / mine.milliseconds


def geometric_mean(values: Iterable[float]) -> float:
    """The mean of ratios; nan of none."""
    logs = [math.log(value) for value in values]
    return math.exp(math.fsum(logs) / len(logs)) if logs else math.nan


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its first column to the left and all others to the right."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _milliseconds(result: Result, bold: bool) -> str:
    if result.failure:
        return NONE
    text = _number(result.milliseconds) + ("" if result.agrees else " ✗")
    return f"**{text}**" if bold else text


def speed_table(cells: Sequence[Cell], peak: float | None) -> str:
    """Milliseconds of all contenders, the best peer in bold; ratios and rates of ours."""
    contenders = list(cells[0].results)
    ours = [contender for contender in contenders if contender.peer == peers.OURS]
    head = [f"{_threads(cells[0].threads)}, ms", *(c.label for c in contenders)]
    head += [f"best peer ÷ {c.label}" for c in ours]
    head += ["nominal GFLOP/s" + (" (of peak)" if peak else "")] * bool(ours)
    rows = []
    for cell in cells:
        best = best_peer(cell)
        ratios = [ratio(cell, c) for c in ours]
        row = [f"{cell.row} ({cell.gflop:.3g} GFLOP)"]
        row += [_milliseconds(r, bold=r is best) for r in cell.results.values()]
        row += [NONE if value is None else f"{value:.2f}" for value in ratios]
        if ours:
            row.append(_rate(cell, ours[0], peak))
        rows.append(row)
    if ours:
        means = [
            geometric_mean(v for cell in cells if (v := ratio(cell, c)) is not None) for c in ours
        ]
        blanks = [""] * len(contenders)
        rows.append(["**geometric mean**", *blanks, *(f"**{m:.2f}**" for m in means), ""])
    return table(head, rows)


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _rate(cell: Cell, ours: Contender, peak: float | None) -> str:
    result = cell.results[ours]
    if result.failure:
        return NONE
    rate = cell.gflop / result.milliseconds * 1000
    return f"{rate:.0f}" + (f" ({100 * rate / peak:.0f} %)" if peak else "")


def memory_table(cells: Sequence[Cell]) -> str:
    """Peak memory in MB over the interpreter's own, that of the library alone, and creation."""
    contenders = list(cells[0].results)
    rows = []
    for cell in cells:
        made = []
        for r in cell.results.values():
            megabytes = f"{r.memory_bytes / 1e6:.0f} / {_number(r.create_milliseconds)} ms"
            made.append(NONE if r.failure else megabytes)
        rows.append([cell.row, *made])
    libraries = [max(cell.results[c].library_bytes for cell in cells) for c in contenders]
    rows.append(["of that, the library", *(f"{size / 1e6:.0f}" for size in libraries)])
    return table(["MB / creation, 1 thread", *(c.label for c in contenders)], rows)


def scaling(cells: Sequence[Cell], ours: Contender) -> str:
    """How much faster ours is with more threads than with one, row by row; "" with nothing to say.

    Against the CPU time of one thread, which is its wall clock on a quiet machine.
    """
    single = {cell.row: cell.results[ours] for cell in cells if cell.threads == 1}
    told = [
        f"{cell.row} {single[cell.row].milliseconds / cell.results[ours].milliseconds:.2f}"
        for cell in cells
        if cell.threads > 1 and cell.row in single and not cell.results[ours].failure
    ]
    return f"- {ours.label}, more threads against one: {', '.join(told)}" if told else ""


def remarks(cells: Sequence[Cell]) -> str:
    """What went wrong where, and how far outputs are from the judge's."""
    lines, worst = [], dict[Contender, float]()
    for cell in cells:
        for contender, result in cell.results.items():
            if result.failure:
                lines.append(f"- {contender.label} has no {cell.name}: {result.failure}")
                continue
            worst[contender] = max(worst.get(contender, 0.0), result.difference)
            if not result.agrees:
                lines.append(
                    f"- ✗: {contender.label} on {cell.row}, {_threads(cell.threads)}, "
                    f"is off by {result.difference:.1e}"
                    + ("" if result.counts else " and does not count")
                )
    others = {c: d for c, d in worst.items() if c != Contender(peers.JUDGE)}
    told = ", ".join(f"{c.label} {d:.1e}" for c, d in others.items())
    judge = Contender(peers.JUDGE).label
    head = f"- Largest difference from {judge}, relative to its largest value: {told}"
    return "\n".join([head, *dict.fromkeys(lines)])


def put_section(path: Path, name: str, text: str) -> None:
    """Puts `text` between the marks of section `name`; everything else in the file stays.

    A file or section that does not exist yet is made, the section at the end.
    """
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    old = path.read_text(encoding="utf-8") if path.exists() else "# Measured speed\n"
    before, found, rest = old.partition(begin)
    if found:
        _, closed, after = rest.partition(end)
        if not closed:
            raise ValueError(f"{path}: section {name} has no end")
    else:
        before, after = old.rstrip("\n") + "\n\n", "\n"
    temporary = path.with_suffix(".tmp")
    temporary.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}", encoding="utf-8")
    temporary.replace(path)
