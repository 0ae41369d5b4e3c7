"""Damaged model files end in an EngineError: no crash, no hang, no more memory than allowed.

A file's copies are opened in a process of their own, which dies of what the test looks for: a
crash, an alarm after TIME_LIMIT seconds in one copy, or an error that is not the engine's. The
last line it wrote names the seed at fault, and
`python tests/engine/test_mutations.py bytes MODEL SEED 1` repeats that one alone.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx.backend.test.loader import load_model_tests

from pleinair.engine import EngineError, Session, ValueInfo, operators

COPIES = 1000
TIME_LIMIT = 10  # seconds for one copy
MEMORY = 1 << 30  # bytes beyond what the process takes before the first copy
MODELS = [
    "mnist-sm.onnx",
    "squeezenet1_1_fp16.onnx",
    "super_resolution.onnx",
    "version-RFB-320.onnx",
    "winml/candy.onnx",
    "winml/mosaic.onnx",
]
STYLES = ["sketch.onnx", "easel.onnx"]
NUMBERS = [0, 1, -1, 2, 3, 7, 255, 4096, 2**31 - 1, -(2**31), 2**32, 2**62, 2**63 - 1, -(2**63)]

Random = np.random.Generator


# ---- damage to the bytes -----------------------------------------------------------------------


def outside_weights(content: bytes) -> np.ndarray:
    """Positions of the bytes that are not in the middle of a tensor's data."""
    inside = np.zeros(len(content), bool)
    at = 0
    for tensor in onnx.load_model_from_string(content).graph.initializer:
        data = tensor.raw_data or np.array(tensor.float_data, np.float32).tobytes()
        if len(data) > 64:
            found = content.find(data, at)
            at = max(found, at)
            inside[at + 16 : at + len(data) - 16] = found >= 0
    return np.flatnonzero(~inside)


def spoil_bytes(content: bytes, places: np.ndarray, seed: int) -> bytes:
    """Cut off, flip, overwrite, repeat, drop or insert, once or a few times."""
    random = np.random.default_rng(seed)
    copy = bytearray(content)
    for _ in range(random.integers(1, 5)):
        at = (
            int(random.choice(places)) if random.random() < 0.9 else int(random.integers(len(copy)))
        )
        at = min(at, len(copy) - 1)
        size = int(random.choice([1, 2, 8, 64, 1024]))
        match random.integers(9):
            case 0:
                del copy[at + 1 :]
            case 1 | 2:
                copy[at] ^= 1 << int(random.integers(8))
            case 3 | 4:
                copy[at] = int(random.integers(256))
            case 5:
                copy[at : at + 1] = varint(int(random.choice(np.array(NUMBERS, object))))
            case 6:
                copy[at : at + size] = random.bytes(min(size, 8))
            case 7:
                del copy[at : at + size]
            case 8:
                copy[at:at] = copy[at : at + size]
        if not copy:
            break
    return bytes(copy)


def varint(number: int) -> bytes:
    rest, out = number % 2**64, bytearray()
    while rest > 127:
        out.append(rest & 127 | 128)
        rest >>= 7
    return bytes([*out, rest])


# ---- well-formed files that say nonsense -------------------------------------------------------


def spoil_graph(model: onnx.ModelProto, seed: int) -> bytes:
    """Change a few numbers, names, operators and shapes, and write a file that parses."""
    random = np.random.default_rng(seed)
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for _ in range(random.integers(1, 4)):
        change = SPOILERS[random.integers(len(SPOILERS))]
        with contextlib.suppress(IndexError):
            change(copy.graph, random)
    return bytes(copy.SerializeToString())


def place(things: Sequence[Any], random: Random) -> int:
    """Any index of them; IndexError where there is none."""
    if not len(things):
        raise IndexError
    return int(random.integers(len(things)))


def one(things: Sequence[Any], random: Random) -> Any:
    return things[place(things, random)]


def number(random: Random) -> int:
    return int(random.choice(np.array(NUMBERS, object)))


def spoil_attribute(graph: onnx.GraphProto, random: Random) -> None:
    attribute = one(one(graph.node, random).attribute, random)
    match attribute.type:
        case onnx.AttributeProto.INT:
            attribute.i = number(random)
        case onnx.AttributeProto.FLOAT:
            attribute.f = float(random.choice([0, -1, 1e30, np.inf, np.nan]))
        case onnx.AttributeProto.INTS if random.random() < 0.5 and attribute.ints:
            attribute.ints[place(attribute.ints, random)] = number(random)
        case onnx.AttributeProto.INTS:
            attribute.ints.append(number(random))
        case onnx.AttributeProto.STRING:
            attribute.s = random.bytes(3)


def drop_attribute(graph: onnx.GraphProto, random: Random) -> None:
    attributes = one(graph.node, random).attribute
    del attributes[place(attributes, random)]


def spoil_link(graph: onnx.GraphProto, random: Random) -> None:
    names = [name for node in graph.node for name in (*node.input, *node.output)]
    links = (
        one(graph.node, random).input if random.random() < 0.8 else one(graph.node, random).output
    )
    links[place(links, random)] = random.choice([*names, "", "new"])


def drop_link(graph: onnx.GraphProto, random: Random) -> None:
    links = one(graph.node, random).input
    del links[place(links, random)]


def spoil_operator(graph: onnx.GraphProto, random: Random) -> None:
    one(graph.node, random).op_type = one(graph.node, random).op_type


def repeat_node(graph: onnx.GraphProto, random: Random) -> None:
    graph.node.append(one(graph.node, random))


def drop_node(graph: onnx.GraphProto, random: Random) -> None:
    del graph.node[place(graph.node, random)]


def spoil_initializer(graph: onnx.GraphProto, random: Random) -> None:
    """Other numbers in a list of integers, or the same weights in another shape."""
    tensor = one(graph.initializer, random)
    if tensor.data_type == onnx.TensorProto.INT64:
        values = onnx.numpy_helper.to_array(tensor).copy()
        values.flat[place(values.ravel().tolist(), random)] = number(random)
        tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    elif random.random() < 0.5:
        dims = list(random.permutation(np.array(tensor.dims, np.int64)))
        tensor.dims[:] = dims if random.random() < 0.5 else [int(np.prod(tensor.dims))]
    else:
        tensor.dims[place(tensor.dims, random)] = number(random)


def spoil_input(graph: onnx.GraphProto, random: Random) -> None:
    ports = graph.input if random.random() < 0.5 else graph.output
    kind = one(ports, random).type.tensor_type
    if random.random() < 0.3:
        kind.elem_type = int(random.integers(0, 20))
    else:
        one(kind.shape.dim, random).dim_value = int(random.choice([0, 1, 2, 3, 5, 17, -1]))


SPOILERS: list[Callable[[onnx.GraphProto, Random], None]] = [
    spoil_attribute, spoil_attribute, spoil_attribute, drop_attribute, spoil_link, spoil_link,
    drop_link, spoil_operator, repeat_node, drop_node, spoil_initializer, spoil_initializer,
    spoil_input,
]  # fmt: skip


# ---- opening them ------------------------------------------------------------------------------


def small(info: ValueInfo) -> tuple[int, ...]:
    """A shape that the input takes, its dynamic dimensions small."""
    names = {"height": 18, "width": 21}
    return tuple(d if isinstance(d, int) else names.get(d or "", 1) for d in info.shape or ())


def open_copy(content: bytes) -> bool:
    """Load and plan the model; small ones run once, too. Was it taken?"""
    try:
        session = Session(content, threads=1)
        shapes = {info.name: small(info) for info in session.inputs}
        plan = session.plan(shapes)
        if plan.macs < 5_000_000 and sum(step.bytes for step in plan.steps) < 5_000_000:
            session.run({i.name: np.zeros(shapes[i.name], i.dtype) for i in session.inputs})
    except EngineError:
        return False
    return True


def limit_memory() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def copies_of_file(kind: str, path: str, seeds: range) -> Iterator[tuple[str, bytes]]:
    content = Path(path).read_bytes()
    model = onnx.load_model_from_string(content)
    places = outside_weights(content)
    assert open_copy(content)
    for seed in seeds:
        spoil = spoil_bytes(content, places, seed) if kind == "bytes" else spoil_graph(model, seed)
        yield str(seed), spoil


def copies_of_node_tests(seeds: range) -> Iterator[tuple[str, bytes]]:
    """ONNX's own test of each operator that the engine has, its integer inputs known."""
    known = set(operators())
    for case in load_model_tests(kind="node"):
        model = case.model
        if model is None or not {node.op_type for node in model.graph.node} <= known:
            continue
        arrays = case.data_sets[0][0] if case.data_sets else []
        for info, array in zip(model.graph.input, arrays, strict=False):
            if isinstance(array, np.ndarray) and array.dtype == np.int64:
                model.graph.initializer.append(onnx.numpy_helper.from_array(array, info.name))
        for seed in seeds:
            yield f"{seed} of {case.name}", spoil_graph(model, seed)


def work(kind: str, path: str, first: int, count: int) -> None:
    """Open the copies; say each seed before its copy is opened and at the end how many held."""
    seeds = range(first, first + count)
    copies = copies_of_node_tests(seeds) if kind == "nodes" else copies_of_file(kind, path, seeds)
    taken, limited = 0, False
    for label, copy in copies:
        if not limited:
            limit_memory()
            limited = True
        print("seed", label, flush=True)
        signal.alarm(TIME_LIMIT)
        taken += open_copy(copy)
        signal.alarm(0)
    print("taken", taken)


def check_copies(kind: str, path: Path, count: int) -> int:
    """How many of the copies were taken; fails where the process that opens them died."""
    command = [sys.executable, __file__, kind, str(path), "0", str(count)]
    quiet = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, env=quiet)
    last = ran.stdout.splitlines()[-1] if ran.stdout else "nothing"
    assert ran.returncode == 0, f"{kind} of {path.name}: {last}\n{ran.stderr[-2000:]}"
    return int(last.removeprefix("taken "))


def shipped(name: str) -> Path:
    return Path(str(resources.files("pleinair") / "styles" / name))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", ["bytes", "graph"])
def test_copies_of_networks_by_others(name: str, kind: str, data: Callable[[str], Path]) -> None:
    taken = check_copies(kind, data(f"models/{name}"), COPIES if kind == "bytes" else COPIES // 2)
    assert taken < COPIES // 2


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("kind", ["bytes", "graph"])
def test_copies_of_shipped_styles(name: str, kind: str) -> None:
    assert check_copies(kind, shipped(name), COPIES) < COPIES // 2


def test_copies_of_every_operators_tests() -> None:
    assert check_copies("nodes", Path("onnx"), 4) > 100


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
