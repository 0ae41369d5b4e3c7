"""The same bits on every processor, with every number of threads: outputs against committed hashes.

`python -m tests.engine.test_bits --write` makes the hashes anew, with the best instruction set of
this machine; for networks that have changed, and for them only.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from pleinair.engine import Session, instruction_sets
from tests.engine.emulated import cross_build, digest, emulate
from tests.engine.networks import Data, network, noise_inputs, weights_of

HASHES = Path(__file__).with_name("hashes.json")


@dataclass(frozen=True)
class Case:
    """A network on a picture of this size."""

    name: str
    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.name} {self.height}x{self.width}"

    def model(self, data: Data) -> onnx.ModelProto:
        return network(self.name, self.height, self.width, data)


# Small enough for an emulator, at 0.1 GFLOP/s; sides that no tile divides, where there is a choice.
SMALL = [
    Case("sketch", 41, 57),
    Case("easel", 41, 57),
    Case("mural", 25, 34),
    Case("johnson", 20, 24),
    Case("small", 40, 52),
    Case("depthwise", 40, 52),
    Case("candy", 44, 48),
    Case("super-resolution", 19, 25),
]
# Several bands of rows for each of eight threads, several tiles in each row.
LARGE = [
    Case("sketch", 117, 163),
    Case("easel", 117, 163),
    Case("johnson", 100, 68),
    Case("small", 148, 164),
    Case("depthwise", 148, 164),
    Case("super-resolution", 93, 131),
]
# Each software fma is ten more operations to emulate.
EMULATED_X86 = [Case("sketch", 17, 23), Case("depthwise", 20, 24)]
# As its file has it.
CANDY = Case("candy", 720, 720)


def run(case: Case, model: bytes, **options: Any) -> str:
    """The hash of all outputs."""
    session = Session(model, **options)
    outputs = session.run(noise_inputs(session.inputs, case.height, case.width))
    return digest(b"".join(array.tobytes() for array in outputs.values()))


def committed(case: Case, model: onnx.ModelProto) -> str:
    """The hash that the outputs must have."""
    hashes = json.loads(HASHES.read_text(encoding="utf-8"))
    entry = hashes.get(str(case), {})
    assert entry.get("weights") == digest(weights_of(model)), (
        f"hashes.json is not about this {case.name}: python -m tests.engine.test_bits --write"
    )
    return str(entry["output"])


@pytest.mark.parametrize("isa", instruction_sets())
@pytest.mark.parametrize(
    ("case", "threads"),
    [*((case, range(1, 9)) for case in SMALL), *((case, (1, 2, 5, 8)) for case in LARGE)],
    ids=str,
)
def test_instruction_sets_and_threads(
    data: Data, case: Case, threads: Sequence[int], isa: str
) -> None:
    model = case.model(data)
    wanted, file = committed(case, model), model.SerializeToString()
    got = {n: run(case, file, threads=n, isa=isa) for n in threads}
    assert got == dict.fromkeys(threads, wanted)


@pytest.mark.parametrize("isa", [isa for isa in instruction_sets() if isa != "base"] or ["base"])
def test_candy_as_its_file_has_it(data: Data, isa: str) -> None:
    model = CANDY.model(data)
    assert run(CANDY, model.SerializeToString(), threads=2, isa=isa) == committed(CANDY, model)


@pytest.mark.parametrize("case", [case for case in SMALL if case.name != "candy"], ids=str)
def test_folding_changes_no_bit(data: Data, case: Case) -> None:
    """All rewrites but those that add in another order, against the plain loops."""
    model = case.model(data).SerializeToString()
    folded = run(case, model, threads=2, without=("phases", "differences", "winograd", "tall"))
    assert folded == run(case, model, threads=1, reference=True)


# ---- processors that this machine does not have ------------------------------------------------


@pytest.mark.parametrize("case", SMALL, ids=str)
def test_neon(data: Data, tmp_path: Path, case: Case) -> None:
    """As on a phone: built for Android."""
    model = case.model(data)
    file = tmp_path / "model.onnx"
    onnx.save(model, file)
    built = cross_build("aarch64-linux-android", "run_model")
    arguments = [str(case.height), str(case.width), "3"]
    outputs = emulate("aarch64", [built / "engine" / "run_model", file, *arguments])
    assert digest(outputs) == committed(case, model)


RUN_BASE = """
import sys, numpy
from pleinair.engine import Session, instruction_sets
assert instruction_sets() == ("base",), "the emulator has more than it should"
session = Session(sys.argv[1], threads=2)
outputs = session.run(dict(numpy.load(sys.argv[2])))
for array in outputs.values():
    sys.stdout.buffer.write(array.tobytes())
"""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="needs Linux on x86-64"
)
@pytest.mark.parametrize("case", EMULATED_X86, ids=str)
def test_x86_without_fused_multiply_add(data: Data, tmp_path: Path, case: Case) -> None:
    """Nehalem, of 2008: the library that is tested here, in an interpreter that is emulated too."""
    model, file, inputs = case.model(data), tmp_path / "model.onnx", tmp_path / "inputs.npz"
    onnx.save(model, file)
    noise: dict[str, Any] = {**noise_inputs(Session(file).inputs, case.height, case.width)}
    np.savez(inputs, **noise)
    python = ["-cpu", "Nehalem", sys.executable, "-c", RUN_BASE, str(file), str(inputs)]
    outputs = emulate("x86_64", python, VIRTUAL_ENV=sys.prefix)
    assert digest(outputs) == committed(case, model)


# ---- new hashes --------------------------------------------------------------------------------


def find_data(name: str) -> Path:
    """As the fixture `data`, outside of pytest."""
    root = Path(__file__).resolve().parents[3]
    return Path(os.environ.get("PLEINAIR_DATA", root / "shared" / "data")) / name


def write() -> None:
    """Replaces the hashes of networks whose weights are others, and adds those that are missing.

    Where weights are the same and the output is not, the engine has changed, not the network: the
    entry must be deleted by hand, on purpose.
    """
    before = json.loads(HASHES.read_text(encoding="utf-8")) if HASHES.exists() else {}
    after = {}
    for case in (*SMALL, *LARGE, *EMULATED_X86, CANDY):
        model = case.model(find_data)
        entry = {
            "weights": digest(weights_of(model)),
            "output": run(case, model.SerializeToString(), threads=1),
        }
        old = before.get(str(case), {})
        if old.get("weights") == entry["weights"] and old != entry:
            print(f"{case}: the engine gives other bits than before; kept")
            entry = old
        elif old != entry:
            print(f"{case}: written")
        after[str(case)] = entry
    HASHES.write_text(json.dumps(after, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.engine.test_bits --write")
    write()
