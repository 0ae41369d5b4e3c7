"""Cycles of the engine's inner loops on processors that are not here, by llvm-mca.

`phones.cpp` has each loop in a function of its own. It is compiled to assembly with the engine's
flags; the loops are found by the branches that go back, and LLVM's machine code analyser says how
many cycles a pass takes on a model of a processor that finds all data in its first cache.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pleinair.sweep.estimate import Cycles

_ROOT = Path(__file__).resolve().parents[1]
_SOURCE = Path(__file__).with_name("phones.cpp")
_FLAGS = ["-O3", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-fno-math-errno", "-fPIC"]
_FLAGS += ["-mllvm", "-inline-threshold=100000"]  # a part is one function
_FLAGS += ["-ffp-contract=off", "-fno-sanitize=undefined", "-std=gnu++17", "-g0", "-w"]
_FLAGS += ["-fno-unroll-loops"]  # beyond what the code asks for: a pass stays a pass
_PASSES = 100
_TOOLS = ["llvm-mca", *(f"llvm-mca-{version}" for version in range(25, 18, -1))]
_OLDEST = 19  # the first with all of the processors

_LABEL = re.compile(r"([.\w$]+):")
_BRANCH = re.compile(r"\s+(?:b|b\.\w+|cbn?z|tbn?z|j\w+)\s+(?:.*,\s*)?([.\w$]+)\s*$")
_FMA = re.compile(r"\s+(?:fmla|vfn?m(?:add|sub)\d+ps)\s")
_VECTOR = re.compile(r"\bv\d+\.|\bq\d+\b|%[yz]mm")


class McaError(RuntimeError):
    """The analyser, or the compiler before it, cannot do its work: says why."""


@dataclass(frozen=True)
class Isa:
    """An instruction set as the engine is built for it."""

    target: str  # zig's
    cpu: str = "baseline"


ISAS = {
    "neon": Isa("aarch64-linux-android"),
    "avx2": Isa("x86_64-linux-gnu", "x86_64_v3"),
    "avx512": Isa("x86_64-linux-gnu", "x86_64_v4"),
}


@dataclass(frozen=True)
class Loop:
    """The instructions of one pass, and how many of them are fused multiply-adds of vectors."""

    lines: tuple[str, ...]
    fmas: int


@dataclass(frozen=True)
class Part:
    """A function of `phones.cpp`: its loops over vectors, and what is around them."""

    width: int
    loops: tuple[Loop, ...]
    rest: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """The assembly of `phones.cpp` for one instruction set.

    `blocks[n - 1]`: how many vectors wide the next block of a convolution is where `n` are left.
    """

    target: str
    lanes: int
    blocks: tuple[int, ...]
    parts: dict[str, Part]


def find_tool() -> str:
    """The path of an llvm-mca that is new enough. Raises McaError where there is none."""
    found = []
    for name in _TOOLS:
        path = shutil.which(name)
        if path is None:
            continue
        version = tool_version(path)
        if int(version.split(".")[0]) >= _OLDEST:
            return path
        found.append(f"{name} is of LLVM {version}")
    told = f" ({', '.join(found)})" if found else ""
    raise McaError(f"llvm-mca of LLVM {_OLDEST} or newer is missing{told}: install llvm-{_OLDEST}")


def tool_version(path: str) -> str:
    """The version of LLVM that a tool belongs to."""
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"LLVM version ([\d.]+)", told)
    if found is None:
        raise McaError(f"{path} does not tell its version")
    return found[1]


def compile_loops(isa: Isa) -> Code:
    """Compiles the loops by zig. Raises McaError with the compiler's first words."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "phones.s"
        told = [f"-I{_ROOT / 'engine'}", f"-I{_ROOT / 'engine' / 'include'}", "-DPL_ISA=part"]
        told += ["-target", isa.target, f"-mcpu={isa.cpu}", "-S", "-o", str(made), str(_SOURCE)]
        compiler = [sys.executable, "-m", "ziglang", "c++"]
        done = subprocess.run([*compiler, *_FLAGS, *told], capture_output=True, text=True)
        if done.returncode:
            raise McaError(f"the loops do not compile: {(done.stderr.splitlines() or ['?'])[0]}")
        return read_assembly(made.read_text(), isa.target)


def read_assembly(text: str, target: str) -> Code:
    """Finds the parts in what the compiler made."""
    blocks = dict(_labelled(text))
    numbers = {
        name: tuple(
            int(line.split()[1], 0) for line in lines if re.match(r"\s+\.(word|long)\s", line)
        )
        for name, lines in blocks.items()
    }
    parts = {
        name: _part(numbers[f"width_{name}"][0], blocks[name])
        for name in blocks
        if f"width_{name}" in blocks
    }
    return Code(target, numbers["lanes"][0], numbers["blocks"], parts)


def _labelled(text: str) -> Iterator[tuple[str, list[str]]]:
    """Every symbol with the lines behind it, without comments."""
    name, lines = "", list[str]()
    for line in text.splitlines():
        line = re.split(r"//|#(?![\d-])", line)[0].rstrip()
        label = _LABEL.match(line)
        if label and not label[1].startswith(".L"):
            yield name, lines
            name, lines = label[1], []
        elif line:
            lines.append(line)
    yield name, lines


def _part(width: int, lines: list[str]) -> Part:
    places = {found[1]: i for i, line in enumerate(lines) if (found := _LABEL.match(line))}
    ends = [
        (places[found[1]], i)
        for i, line in enumerate(lines)
        if (found := _BRANCH.match(line)) and places.get(found[1], i) < i
    ]
    inner = [(a, b) for a, b in ends if not any(a <= c and d < b for c, d in ends)]
    loops, inside = [], set[int]()
    for first, last in sorted(inner):
        body = _instructions(lines[first : last + 1])
        inside.update(range(first, last + 1))
        if any(_VECTOR.search(line) for line in body):
            loops.append(Loop(body, sum(bool(_FMA.match(line)) for line in body)))
    rest = _instructions([line for i, line in enumerate(lines) if i not in inside])
    return Part(width, tuple(loops), rest)


def _instructions(lines: list[str]) -> tuple[str, ...]:
    return tuple(line for line in lines if re.match(r"\s+[^.\s]", line))


def analyse(code: Code, processor: str, tool: str) -> dict[str, Cycles]:
    """Cycles of all parts on a processor that LLVM has a model of."""
    listing = []
    for name, part in code.parts.items():
        regions = [(f"{name} {i}", loop.lines) for i, loop in enumerate(part.loops)]
        for region, lines in [*regions, (f"{name} rest", part.rest)]:
            listing += [f"# LLVM-MCA-BEGIN {region}", *lines, "# LLVM-MCA-END"]
    told = [f"-mtriple={code.target}", f"-mcpu={processor}", f"-iterations={_PASSES}", "-json"]
    told += ["-resource-pressure=false", "-instruction-info=false"]
    text = "\n".join(listing) + "\n"
    done = subprocess.run([tool, *told, "-"], input=text, capture_output=True, text=True)
    if done.returncode:
        raise McaError(f"llvm-mca failed: {(done.stderr.splitlines() or ['?'])[0]}")
    cycles = read_cycles(done.stdout)
    return {
        name: Cycles(
            part.width,
            cycles[f"{name} rest"],
            tuple(cycles[f"{name} {i}"] for i in range(len(part.loops))),
        )
        for name, part in code.parts.items()
    }


def read_cycles(text: str) -> dict[str, float]:
    """Cycles of one pass of each region, from the analyser's JSON."""
    try:
        regions = json.loads(text)["CodeRegions"]
        summaries = {region["Name"]: region["SummaryView"] for region in regions}
        return {name: s["TotalCycles"] / s["Iterations"] for name, s in summaries.items()}
    except (ValueError, KeyError, TypeError) as error:
        raise McaError(f"llvm-mca told something else than cycles: {error!r}") from error
