"""ONNX's own node tests, sorted into those that the engine must pass and those out of its reach.

Every case is either run and compared, or skipped with the engine's own words as the reason. The
run ends with a count of both; the whole list goes to build/onnx-node-skips.tsv.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper
from onnx.backend.test.loader import load_model_tests

from pleinair.engine import EngineError, Session

ROOT = Path(__file__).resolve().parents[2]
LISTING = ROOT / "build" / "onnx-node-skips.tsv"
TYPES = {TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL}
QUANTIZED = {"DequantizeLinear", "QuantizeLinear"}  # these alone have bytes for numbers


class RefusalError(Exception):
    """A case that the engine refuses, with its reason."""


@cache
def node_cases() -> dict[str, Any]:
    """All node test cases of the installed onnx by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the cases divide by zero on purpose
        return {case.name.removeprefix("test_"): case for case in load_model_tests(kind="node")}


@cache
def operators() -> frozenset[str]:
    """The names in the engine's operator table."""
    table = (ROOT / "engine" / "ops" / "table.h").read_text(encoding="utf-8")
    return frozenset(re.findall(r"\b[XP]\((\w+)\)", table))


def is_within_reach(case: Any) -> bool:
    """True for operators of the table on the types that networks and their shapes use."""
    graph = case.model.graph
    ports = [*graph.input, *graph.output]
    types = set(TYPES)
    if any(node.op_type in QUANTIZED for node in graph.node):
        types |= {TensorProto.INT8, TensorProto.UINT8}
    return all(not n.domain and n.op_type in operators() for n in graph.node) and all(
        p.type.HasField("tensor_type") and p.type.tensor_type.elem_type in types for p in ports
    )


def array_of(value: Any) -> np.ndarray[Any, Any]:
    """A case's input or output as an array; refused where it is a sequence or missing."""
    if isinstance(value, TensorProto):
        return numpy_helper.to_array(value)
    if not isinstance(value, np.ndarray | np.generic):
        raise RefusalError("an input or output that is not a tensor")
    return np.asarray(value)


def with_constants(model: Any, inputs: dict[str, np.ndarray[Any, Any]]) -> Any:
    """The model with the inputs that shapes depend on as initializers.

    Node tests feed the shape of a Reshape or the bounds of a Slice as inputs of the graph. These
    are integers, single numbers, or, as the scales of Resize, come after the image.
    """
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    first = model.graph.input[0].name
    for port in model.graph.input:
        array = inputs[port.name]
        if port.name != first or array.dtype.kind in "iub" or array.ndim == 0:
            fixed.graph.initializer.append(numpy_helper.from_array(array, port.name))
            fixed.graph.input.remove(port)
            del inputs[port.name]
    return fixed


def run_case(case: Any, *, reference: bool) -> bool:
    """Runs a case and compares as the onnx runner does; True: inputs had to be made constant.

    Raises RefusalError where the engine refuses it.
    """
    made_constant = False
    for inputs, outputs in case.data_sets:
        feed = dict(
            zip((p.name for p in case.model.graph.input), map(array_of, inputs), strict=True)
        )
        expected = [array_of(o) for o in outputs]
        try:
            try:
                got = Session(case.model.SerializeToString(), reference=reference).run(feed)
            except EngineError as error:
                if "must be known" not in str(error):
                    raise
                made_constant = True
                model = with_constants(case.model, feed)
                got = Session(model.SerializeToString(), reference=reference).run(feed)
        except EngineError as error:
            raise RefusalError(str(error)) from error
        for port, want in zip(case.model.graph.output, expected, strict=True):
            have = got[port.name]
            assert have.dtype == want.dtype
            assert have.shape == want.shape
            np.testing.assert_allclose(have, want, rtol=case.rtol, atol=case.atol)
    return made_constant


def category(reason: str) -> str:
    """A refusal without the names that make it one of a kind."""
    if match := re.search(r"ONNX element type (\d+)", reason):
        return f"type {TensorProto.DataType.Name(int(match[1])).lower()}"
    if re.search(r"the operator \S+ is not supported", reason):
        return "operator not supported"
    return re.sub(r"^.*?(?=\(\w+\): )|'[^']*' (?=is not a)", "", reason)


@dataclass
class NodeTests:
    """What happened to the cases of this run, by their names."""

    passed: set[str] = field(default_factory=set)
    made_constant: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)

    def refusal(self, name: str, *, reference: bool) -> str | None:
        """Runs a case. Why the engine refuses it; None where it ran and the result is right."""
        try:
            if run_case(node_cases()[name], reference=reference):
                self.made_constant.add(name)
        except RefusalError as skipped:
            self.refused[name] = str(skipped)
            return str(skipped)
        self.passed.add(name)
        return None

    def within_reach(self) -> list[str]:
        """The cases that must pass, but for a few refusals that are allowed."""
        return [name for name, case in node_cases().items() if is_within_reach(case)]

    def out_of_reach(self) -> list[str]:
        """The cases of operators or types that the engine does not claim to have."""
        return [name for name, case in node_cases().items() if not is_within_reach(case)]

    def summary(self) -> list[str]:
        """Counts of what ran, and of what did not by reason."""
        lines = [
            f"{len(self.passed)} cases passed, {len(self.made_constant)} of them with the inputs "
            f"that shapes depend on made constant; {len(self.refused)} skipped:"
        ]
        reasons = Counter(map(category, self.refused.values()))
        for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
            lines.append(f"{count:6}  {reason}")
        return lines


NODE_TESTS = pytest.StashKey[NodeTests]()


@pytest.fixture(scope="session")
def node_tests(request: pytest.FixtureRequest) -> NodeTests:
    return request.config.stash.setdefault(NODE_TESTS, NodeTests())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case_within_reach" in metafunc.fixturenames:
        metafunc.parametrize("case_within_reach", NodeTests().within_reach())


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    tests = config.stash.get(NODE_TESTS, None)
    if not tests or not (tests.passed or tests.refused):
        return
    terminalreporter.section("ONNX node tests")
    for line in tests.summary():
        terminalreporter.write_line(line)
    LISTING.parent.mkdir(exist_ok=True)
    rows = [f"{name}\t{reason}\n" for name, reason in sorted(tests.refused.items())]
    LISTING.write_text("".join(rows), encoding="utf-8")
    terminalreporter.write_line(f"Each with its reason: {LISTING.relative_to(ROOT)}")
