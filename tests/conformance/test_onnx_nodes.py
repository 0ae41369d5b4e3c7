"""The engine is judged by ONNX's own node tests, on its fast path and on its reference loops."""

from __future__ import annotations

import re
from typing import Any

import pytest

# What a case of supported operators and types may still be refused for.
ALLOWED_REFUSALS = (
    r"\(BatchNormalization\): output 1",  # running statistics, which only training has
    r"\(Dropout\): training_mode",
    r"\(MaxPool\): output 1",  # Indices
    r"\(DequantizeLinear\): block_size",
    r"\(QuantizeLinear\): block_size",
    r"\(ReduceMax\): an input of type bool",
    r"\(ReduceMin\): an input of type bool",
)


@pytest.mark.parametrize("reference", [False, True], ids=["planned", "reference"])
def test_case_within_reach(node_tests: Any, case_within_reach: str, reference: bool) -> None:
    refusal = node_tests.refusal(case_within_reach, reference=reference)
    if refusal:
        assert any(re.search(pattern, refusal) for pattern in ALLOWED_REFUSALS), refusal
        pytest.skip(refusal)


@pytest.mark.parametrize("reference", [False, True], ids=["planned", "reference"])
def test_every_other_case_is_refused_or_right(node_tests: Any, reference: bool) -> None:
    refused = [
        name for name in node_tests.out_of_reach() if node_tests.refusal(name, reference=reference)
    ]
    assert refused  # or the engine can run everything and the lists above are stale


def test_every_allowed_refusal_is_still_one(node_tests: Any) -> None:
    within_reach = node_tests.within_reach()
    refusals = [node_tests.refusal(name, reference=True) or "" for name in within_reach]
    for pattern in ALLOWED_REFUSALS:
        assert any(re.search(pattern, refusal) for refusal in refusals), pattern
