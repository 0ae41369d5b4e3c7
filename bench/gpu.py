"""What a frame asks of a GPU: counted from the plan, and what phones' GPUs would make of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench import report
from bench.models import Size
from pleinair.engine import Session, Step
from pleinair.engine.gpu import GPU, HALF, Commands, Dispatch, device_name
from pleinair.engine.library import Options
from pleinair.sweep.devices import WORST, estimate, find_phone


@dataclass(frozen=True)
class PhoneGpu:
    """A GPU by what is published of it: float32 operations and bytes of memory in a second."""

    name: str
    flops: float
    bandwidth: float
    source: str


PHONES = (
    PhoneGpu("iPhone 11 (2019), A13", 630e9, 34.1e9, "askgeek.io: Apple A13 Bionic"),
    PhoneGpu("iPhone 14 Pro (2022), A16", 1.789e12, 51.2e9, "topcpu.net: Apple A16 Bionic"),
    PhoneGpu("Snapdragon 768G (2020), Adreno 620", 720e9, 17e9, "nanoreview.net: Snapdragon 768G"),
    PhoneGpu("Snapdragon 8 Gen 2 (2022), Adreno 740", 3.7e12, 64e9, "primua.com: Adreno 740"),
)
PROCESSORS = ("iphone6s", "galaxya52s")
CORES = 2


@dataclass(frozen=True)
class Count:
    """What one frame of a model is, with images as float32 or as float16."""

    name: str
    size: Size
    half: bool
    dispatches: tuple[Dispatch, ...]
    steps: tuple[Step, ...]
    """Of the same frame on a processor."""

    @property
    def flop(self) -> float:
        """Two for each multiply-add that is computed."""
        return 2.0 * sum(dispatch.macs for dispatch in self.dispatches)

    @property
    def bytes(self) -> int:
        """What all dispatches read and write, each byte once for each of them."""
        return sum(dispatch.bytes for dispatch in self.dispatches)

    def floor(self, gpu: PhoneGpu) -> float:
        """Seconds of a frame where every dispatch is as fast as arithmetic and memory allow."""
        return sum(max(2.0 * d.macs / gpu.flops, d.bytes / gpu.bandwidth) for d in self.dispatches)


def count(path: Path, size: Size, half: bool) -> Count:
    """Plan a style for a GPU; there need be none."""
    session = Session(path)
    shapes = tuple(_shape(value.shape, size) for value in session.inputs)
    options = Options(0, GPU | (HALF if half else 0), None, 0, None, 0.0)
    plan = Commands(session._handle, options, shapes, len(session.outputs))
    try:
        steps = session.plan(dict(zip((v.name for v in session.inputs), shapes, strict=True))).steps
        return Count(path.stem, size, half, plan.dispatches(), tuple(steps))
    finally:
        plan.close()


def _shape(shape: Sequence[int | str | None] | None, size: Size) -> tuple[int, ...]:
    free = iter(size)
    return tuple(dim if isinstance(dim, int) else next(free) for dim in shape or ())


def section(counts: Sequence[Count]) -> str:
    """The tables, in Markdown."""
    processors = [find_phone(key) for key in PROCESSORS]
    beside = [f"{phone.name}, processor" for phone in processors]
    head = ["", "images", "dispatches", "MB", "GFLOP", *(gpu.name for gpu in PHONES), *beside]
    rows = [
        [
            f"*{c.name}* {c.size[1]}×{c.size[0]}",
            "float16" if c.half else "float32",
            str(len(c.dispatches)),
            f"{c.bytes / 1e6:.0f}",
            f"{c.flop / 1e9:.2f}",
            *(_range(c.floor(gpu), 3) for gpu in PHONES),
            *(_range(estimate(c.steps, phone, CORES), WORST) for phone in processors),
        ]
        for c in counts
    ]
    sources = "; ".join(
        f"{phone.name}: {phone.flops / 1e9:.0f} GFLOP/s, {phone.bandwidth / 1e9:.0f} GB/s "
        f"({phone.source})"
        for phone in PHONES
    )
    return "\n\n".join(
        [
            report.table(head, rows),
            "The last columns are frames a second **on paper**: no such device was measured. Of "
            "GPUs the higher figure is where every dispatch takes no longer than its bytes or its "
            "float32 operations do at the published peaks, the lower one a third of that. Starting "
            f"a dispatch is not counted. {sources}. Processors: {CORES} cores, estimated as under "
            "*Phones, on paper*. The browsers of an iPhone 6s have no WebGPU; those of an iPhone "
            "11 have it from iOS 26 on.",
        ]
    )


def _range(seconds: float, slower: float) -> str:
    """Frames a second, from a frame that takes so many times as long."""
    return f"{1 / (slower * seconds):.0f}–{1 / seconds:.0f}"


def measure(paths: Iterable[Path], sizes: Iterable[Size], seconds: float) -> str:
    """Frames a second of styles on this machine's GPU, copies to it and back counted in."""
    sizes = list(sizes)
    rows = []
    for path in paths:
        for height, width in sizes:
            speeds = [_speed(path, (height, width), half, seconds) for half in (False, True)]
            rows.append([f"*{path.stem}* {width}×{height}", *(f"{s:.1f}" for s in speeds)])
    return report.table([f"frames a second on {device_name()}", "float32", "float16"], rows)


def _speed(path: Path, size: Size, half: bool, seconds: float) -> float:
    session = Session(path, device="gpu", half=half)
    image, *others = session.inputs
    frame = np.random.default_rng(0).integers(0, 256, (1, *size, 3), np.uint8)
    feed = {image.name: frame}
    for value in others:
        feed[value.name] = np.full(_shape(value.shape, size), 0.5, np.float32)
    session.run(feed)
    under_way: deque[Any] = deque()
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        under_way.append(session.begin(feed))
        if len(under_way) == session.in_flight:
            under_way.popleft()()
            done += 1
    return done / (time.perf_counter() - start)
