"""`python -m bench`: our engine beside its peers."""

from __future__ import annotations

import datetime
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import pleinair.styles
from bench import cases, gpu, machine, mca, peers, phones, profile, report
from bench.models import Size
from bench.process import PeerError
from bench.runner import Contender, Plan, measure
from pleinair.sweep import devices

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
_console = Console(stderr=True, highlight=False)
_RESULTS = Path(__file__).with_name("RESULTS.md")


def _size(text: str) -> Size:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise typer.BadParameter(f"{text!r} is not WIDTHxHEIGHT")
    return int(height), int(width)


Networks = Annotated[list[str], typer.Option("--network", help="Network; can be repeated.")]
Sizes = Annotated[list[str], typer.Option("--size", help="WIDTHxHEIGHT; can be repeated.")]
Peers = Annotated[
    list[str] | None,
    typer.Option("--peer", help="Peer beside ONNX Runtime; can be repeated. Default: all."),
]
Isas = Annotated[
    list[str] | None,
    typer.Option("--isa", help="Instruction set of ours; can be repeated. Default: its choice."),
]
Threads = Annotated[list[int], typer.Option("--threads", help="Thread count; can be repeated.")]
Rounds = Annotated[int, typer.Option(min=1, help="Rounds of a cell, at least.")]
Seconds = Annotated[float, typer.Option(min=0, help="Seconds of rounds of a cell, at least.")]
Realtime = Annotated[
    bool, typer.Option("--realtime", help="Run with real-time priority (may need root).")
]
Write = Annotated[Path | None, typer.Option("--write", help="File whose section is replaced.")]


@app.command()
def networks(
    network: Networks = cases.known_networks(),  # noqa: B008
    size: Sizes = ["256x256", "640x480", "1280x720"],  # noqa: B006
    peer: Peers = None,
    isa: Isas = None,
    threads: Threads = [1, 2],  # noqa: B006
    rounds: Rounds = 5,
    seconds: Seconds = 8,
    realtime: Realtime = False,
    write: Write = None,
) -> None:
    """Float networks of the usual shapes, all peers."""
    plan = Plan(rounds, seconds, realtime)
    chosen = cases.networks(network, [_size(s) for s in size], plan.cache / "models")
    _compare("networks", "Networks of the usual shapes", chosen, peer, isa, threads, plan, write)


@app.command()
def styles(
    size: Sizes = ["640x480", "1280x720"],  # noqa: B006
    peer: Peers = None,
    isa: Isas = None,
    threads: Threads = [1, 2],  # noqa: B006
    rounds: Rounds = 9,
    seconds: Seconds = 8,
    realtime: Realtime = False,
    write: Write = None,
) -> None:
    """The shipped models, bytes in and out; by default beside ONNX Runtime alone."""
    plan = Plan(rounds, seconds, realtime)
    chosen = cases.styles([_size(s) for s in size], plan.cache / "styles")
    _compare("styles", "Shipped models", chosen, peer or [peers.JUDGE], isa, threads, plan, write)


@app.command()
def steps(
    network: Networks = ["johnson", "small"],  # noqa: B006
    size: Sizes = ["640x480"],  # noqa: B006
    isa: Annotated[str | None, typer.Option(help="Instruction set.")] = None,
    write: Write = None,
) -> None:
    """What each step of ours takes, on one thread."""
    folder, peak = Plan().cache / "models", machine.fma_peak(1)
    parts = ["## Steps of ours", f"{_today()}. 1 thread, FMA peak {peak:.0f} GFLOP/s."]
    parts.append(_command())
    for case in cases.networks(network, [_size(s) for s in size], folder):
        parts.append(f"### {case.name} {case.size[1]}×{case.size[0]}")
        parts.append(profile.table_of_steps(case, peak, isa))
    text = "\n\n".join(parts)
    print(text)
    if write is not None:
        report.put_section(write, "steps", text)


@app.command("phones")
def on_phones(
    model: Annotated[
        list[str] | None,
        typer.Option("--model", help="Model or path; can be repeated. Default: all shipped."),
    ] = None,
    size: Sizes = ["640x480", "1280x720"],  # noqa: B006
    write: Write = None,
) -> None:
    """Frames a second on phones, estimated by llvm-mca, and how far off that is here."""
    tool = mca.find_tool()
    shipped = sorted(Path(pleinair.styles.__file__).parent.glob("*.onnx"))
    paths = [pleinair.styles.find(name) for name in model] if model else shipped
    measured = []
    for path in paths:
        for at in size:
            _console.print(f"{path.stem} {at}")
            measured.append(phones.measure(path, _size(at)))
    parts = ["## Phones, on paper", f"{_today()}. {machine.describe()}.", _command()]
    text = "\n\n".join([*parts, phones.section(measured, tool)])
    print(text)
    if write is not None:
        report.put_section(write, "phones", text)


@app.command("gpu")
def on_gpus(
    model: Annotated[
        list[str] | None,
        typer.Option("--model", help="Model or path; can be repeated. Default: all shipped."),
    ] = None,
    size: Sizes = ["640x480", "1280x720"],  # noqa: B006
    run: Annotated[bool, typer.Option("--run", help="Also paint on this machine's GPU.")] = False,
    seconds: Seconds = 2.0,
    write: Write = None,
) -> None:
    """What a frame asks of a GPU, and what phones' GPUs would make of it on paper."""
    shipped = sorted(Path(pleinair.styles.__file__).parent.glob("*.onnx"))
    paths = [pleinair.styles.find(name) for name in model] if model else shipped
    sizes = [_size(at) for at in size]
    counts = [gpu.count(p, at, half) for p in paths for at in sizes for half in (False, True)]
    parts = ["## GPUs, on paper", f"{_today()}.", _command(), gpu.section(counts)]
    if run:
        parts += ["### On this machine", gpu.measure(paths, sizes, seconds)]
    text = "\n\n".join(parts)
    print(text)
    if write is not None:
        report.put_section(write, "gpu", text)


@app.command("devices")
def on_devices() -> None:
    """Write the cycles of the engine's loops on phones where `pleinair sweep` reads them."""
    tool = mca.find_tool()
    devices.TABLE.write_text(phones.constants(tool))
    print(f"{devices.TABLE}: by llvm-mca {mca.tool_version(tool)}")


@app.command()
def peak() -> None:
    """The most GFLOP/s of fused multiply-adds, of one core and of two."""
    print(machine.describe())
    for cores in (1, 2):
        print(f"{cores}: {machine.fma_peak(cores):.0f} GFLOP/s")


def _compare(
    section: str,
    title: str,
    chosen: Iterable[cases.Case],
    peer: list[str] | None,
    isa: list[str] | None,
    threads: list[int],
    plan: Plan,
    write: Path | None,
) -> None:
    others = [name for name in peer or peers.installed() if name not in (peers.OURS, peers.JUDGE)]
    contenders = [Contender(peers.OURS, name) for name in isa or [""]]
    contenders += [Contender(name) for name in (peers.JUDGE, *others)]
    peaks = {count: machine.fma_peak(count) for count in threads}
    cells = []
    with _console.status("starting") as status:
        for case in chosen:
            size = f"{case.size[1]}×{case.size[0]}"
            for count in threads:
                where = f"{case.name} {size}, {count} thread(s): "
                results = measure(
                    case.model,
                    case.x,
                    contenders,
                    count,
                    plan,
                    lambda text, where=where: status.update(where + text),  # type: ignore[misc]
                )
                cells.append(report.Cell(case.name, size, count, case.gflop, results))
                _console.print(where + _summary(cells[-1]))
    text = _section(title, cells, peaks)
    print(text)
    if write is not None:
        report.put_section(write, section, text)


def _today() -> str:
    return str(datetime.datetime.now(datetime.UTC).date())


def _command() -> str:
    return "`" + shlex.join(["python", "-m", "bench", *sys.argv[1:]]) + "`"


def _summary(cell: report.Cell) -> str:
    told = (f"{c.label} " + (r.failure or f"{r.milliseconds:.1f}") for c, r in cell.results.items())
    return ", ".join(told)


def _section(title: str, cells: list[report.Cell], peaks: dict[int, float]) -> str:
    versions = {c.label: r.version for cell in cells for c, r in cell.results.items() if r.version}
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    limits = ", ".join(f"{rate:.0f} GFLOP/s on {count} core(s)" for count, rate in peaks.items())
    parts = [f"## {title}", f"{_today()}. {machine.describe()}. FMA peak: {limits}."]
    parts += [f"{told}.", _command()]
    for count in peaks:
        rows = [cell for cell in cells if cell.threads == count]
        parts.append(report.speed_table(rows, peaks[count]))
    single = [cell for cell in cells if cell.threads == min(peaks)]
    ours = [c for c in cells[0].results if c.peer == peers.OURS]
    lines = [report.remarks(cells), *(report.scaling(cells, c) for c in ours)]
    parts += [report.memory_table(single), "\n".join(filter(None, lines))]
    return "\n\n".join(parts)


def main() -> None:
    """Runs the command line; a failure is one line and status 1."""
    try:
        app()
    except (PeerError, mca.McaError, ValueError, OSError) as error:
        _console.print(f"error: {error}", markup=False)
        raise SystemExit(1) from error
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
