"""What the steps of a plan cost on a processor: an estimate from the cycles of their loops.

Multiply-adds take as long as their loops do in llvm-mca, with what starts and ends each tile; so do
the transforms of Winograd's methods and the stages of a row's load and store. Bytes of a step's
tensors come from memory and go there at its bandwidth; the two times are added. Not in it: calls,
the edges of tiles and pictures, misses of the first cache within a step, and what steps of other
kinds (pools, plain operators) compute: of them only the bytes count.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pleinair.engine import Step

_CONV = re.compile(r"(\d+)x(\d+) (\d+)->(\d+)(?: in (\d+) groups)?(?:, stride (\d+)x(\d+))?")
_PHASES = re.compile(r", (\d+) phases")
_MAP = re.compile(r"(\d+) channels")
_STAGES = {
    "from bytes": "from_bytes",
    "to bytes": "to_bytes",
    "norm": "affine",
    "scale+shift": "affine",
    "prelu": "affine",
    "add image": "add",
    "subtract image": "add",
    "multiply by image": "add",
    "tanh": "tanh",
    "sigmoid": "tanh",
    "matrix": "matrix",
    "statistics": "statistics",
}
_MOVES = ("pad ", "upsample ", "crop")  # copies at most
_PLANAR_MOST = 4  # output channels of planar_row() but for pairs
_TALL_ROWS = 5  # kernel rows that one product of steps/tall.cpp stands for


@dataclass(frozen=True)
class Cycles:
    """What a part takes: `rest` once, `loops` for each pass that makes `width` vectors."""

    width: int
    rest: float
    loops: tuple[float, ...]


@dataclass(frozen=True)
class Core:
    """A core with its clock in GHz; `parts`: cycles of the loops, in vectors of `lanes` floats."""

    ghz: float
    lanes: int
    blocks: tuple[int, ...]
    parts: dict[str, Cycles]


@dataclass(frozen=True)
class Conv:
    """A convolution as its step describes it; `macs` are those that are done."""

    taps: tuple[int, int]
    inside: int
    outside: int
    groups: int
    stride: int
    phases: int
    method: str
    macs: int

    @property
    def pixels(self) -> float:
        """Of the output."""
        pairs = self.inside // self.groups * self.outside
        if self.method == "winograd":
            return self.macs / pairs / 64 * 36
        if self.method == "differences":
            return self.macs / pairs / 25 * 16
        if self.method == "tall":
            products = 2 * math.ceil(self.taps[0] / _TALL_ROWS)  # eight for four rows
            return self.macs / pairs / products / self.taps[1]
        return self.macs / pairs / (self.taps[0] * self.taps[1])

    @property
    def elements_in(self) -> float:
        """Of the image it reads."""
        if self.method == "differences":
            return self.pixels / 4 * self.inside
        return self.pixels * self.stride / self.phases * self.inside

    @property
    def elements_out(self) -> float:
        """Of the image it writes."""
        return self.pixels * self.outside


def read_convs(step: Step) -> list[Conv]:
    """The convolutions of a step, the depthwise before the pointwise one; [] for another step."""
    found = []
    for text in step.description.split("; then "):
        shape = _CONV.match(text)
        if shape is None:
            return []
        height, width, inside, outside, groups, down, across = (int(n or 1) for n in shape.groups())
        phases = _PHASES.search(text)
        method = _method(text, groups)
        count = int(phases[1]) if phases else 1
        stride = down * across
        found.append(
            Conv((height, width), inside, outside, groups, stride, count, method, step.macs)
        )
    weights = [c.taps[0] * c.taps[1] * c.inside // c.groups * c.outside for c in found]
    return [
        Conv(c.taps, c.inside, c.outside, c.groups, c.stride, c.phases, c.method, macs)
        for c, w in zip(found, weights, strict=True)
        for macs in [step.macs * w // sum(weights)]
    ]


def _method(text: str, groups: int) -> str:
    for words, method in (
        ("Winograd 6x6", "winograd"),
        ("by differences", "differences"),
        ("Winograd 4x1", "tall"),
        ("by pixels", "planar"),
    ):
        if words in text:
            return method
    return "depthwise" if groups > 1 else "dense"


def cycles_of(step: Step, core: Core) -> float:
    """Of all that a step computes."""
    convs = read_convs(step)
    load, store = _stages(step.description)
    if convs:
        total = sum(_conv(conv, core) for conv in convs)
        elements = convs[0].elements_in, convs[-1].elements_out
    elif _MAP.match(step.description):
        images = 3 if any(_STAGES.get(stage) == "add" for stage in load) else 2
        total, elements = 0.0, (step.bytes / 4 / images,) * 2
    else:
        return 0.0
    for stages, count in zip((load, store), elements, strict=True):
        total += sum(_stage(stage, count, core) for stage in stages)
    return total


def seconds_of(step: Step, core: Core, bandwidth: float, cores: float = 1) -> float:
    """The time of a step; `bandwidth`: bytes a second of all `cores` together."""
    return cycles_of(step, core) / (core.ghz * 1e9) / cores + step.bytes / bandwidth


def _stages(description: str) -> tuple[list[str], list[str]]:
    """What happens to each row on its way in and out."""

    def listed(word: str) -> list[str]:
        found = ", ".join(re.findall(rf"; {word}: ([^;]*)", description))
        return [stage for stage in found.split(", ") if stage and not stage.startswith(_MOVES)]

    return listed("load"), listed("store")


def _stage(name: str, elements: float, core: Core) -> float:
    part = core.parts[_STAGES.get(name, "relu")]
    return elements / core.lanes * sum(part.loops) / part.width


def _conv(conv: Conv, core: Core) -> float:
    vectors = math.ceil(conv.outside / core.lanes)
    depth = conv.taps[0] * conv.taps[1] * conv.inside // conv.groups
    if conv.method == "winograd":
        tiles = conv.pixels / 36
        transforms = math.ceil(conv.inside / core.lanes) * _transform("winograd_in", 8, 8, core)
        transforms += vectors * _transform("winograd_out", 8, 6, core)
        products = _tiles("conv", 64 * tiles, conv.inside, core.blocks, vectors, core)
        return products + tiles * transforms
    if conv.method == "differences":
        return _differences(conv, core)
    if conv.method == "tall":
        return _tall(conv, core)
    if conv.method == "planar":
        turning = _transposing(conv.elements_in + conv.elements_out, core)
        return turning + _planar(conv.pixels, conv.outside, depth, core)
    if conv.method == "depthwise":
        if conv.inside == conv.groups:
            return _tiles("depthwise", conv.pixels, depth, (1,), vectors, core)
        of_group = math.ceil(conv.outside / conv.groups / core.lanes)
        return conv.groups * _tiles("conv", conv.pixels, depth, core.blocks, of_group, core)
    return _tiles("conv", conv.pixels, depth, core.blocks, vectors, core)


def _differences(conv: Conv, core: Core) -> float:
    """See engine/steps/differences.h: of 25 products for 16 outputs, 5 are those of centres."""
    products = conv.macs / conv.inside / conv.outside
    centres, pairs = products / 5, products * 4 / 5 / 2
    subtracting = 2.5 * _stage("add image", conv.elements_in, core)
    if 2 * conv.outside == 6:
        turning = _transposing(conv.elements_in + conv.elements_out, core)
        sums = _planar(centres, conv.outside, conv.inside, core)
        sums += _planar(pairs, 2 * conv.outside, conv.inside, core)
        return subtracting + turning + sums
    vectors = math.ceil(2 * conv.outside / core.lanes)
    widest = (2, 2, 4, 4) if core.blocks[3] == 4 else (2, 2)
    sums = _tiles("conv", centres, conv.inside, core.blocks, math.ceil(vectors / 2), core)
    return subtracting + sums + _tiles("doubled", pairs, conv.inside, widest, vectors, core)


def _tall(conv: Conv, core: Core) -> float:
    """See engine/steps/tall.cpp."""
    products = 8 * math.ceil(conv.taps[0] / _TALL_ROWS)
    depth = products // 8 * conv.taps[1] * conv.inside
    points = conv.pixels / 4 * 8
    vectors_in, vectors_out = conv.elements_in / core.lanes, conv.elements_out / core.lanes
    total = vectors_in / 4 * core.parts["tall_in"].loops[0]
    total += vectors_out / 4 * core.parts["tall_out"].loops[0]
    if conv.outside <= _PLANAR_MOST:
        turning = _transposing(conv.elements_in + conv.elements_out, core)
        return total + turning + _planar(points, conv.outside, depth, core)
    vectors = math.ceil(conv.outside / core.lanes)
    return total + _tiles("conv", points, depth, core.blocks, vectors, core)


def _planar(pixels: float, channels: int, depth: int, core: Core) -> float:
    """Vectors run over pixels."""
    part = core.parts[f"planar_{channels}"]
    return pixels / core.lanes * channels / part.width * (part.rest + depth * part.loops[0])


def _tiles(
    name: str, points: float, depth: int, blocks: Sequence[int], vectors: int, core: Core
) -> float:
    """Tiles of blocks of vectors; `blocks[n - 1]` is the next one where `n` are left."""
    total = 0.0
    while vectors > 0:
        wide = blocks[min(vectors, len(blocks)) - 1]
        part = core.parts[f"{name}_{wide}"]
        total += points * wide / part.width * (part.rest + depth * part.loops[0])
        vectors -= wide
    return total


def _transform(name: str, first: int, second: int, core: Core) -> float:
    part = core.parts[name]
    return part.rest + first * part.loops[0] + second * part.loops[1]


def _transposing(elements: float, core: Core) -> float:
    """Blocks of four by four floats, whatever the vectors are."""
    part = core.parts["transpose"]
    return elements / 16 * part.rest
