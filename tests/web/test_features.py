"""What the engine asks of a browser, with Node as one: its instructions, and whether they fuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.web.pictures import described, noisy, packed, painted, style

InNode = Callable[..., tuple[dict[str, Any], bytes]]
RELAXED = ("--experimental-wasm-relaxed-simd",)
UNFUSED = (*RELAXED, "--no-enable-fma3")


def steps_apart(a: bytes, b: bytes) -> int:
    """The largest difference of two pictures, of 255."""
    first, second = (np.frombuffer(x, np.uint8).astype(int) for x in (a, b))
    return int(np.abs(first - second).max())


@pytest.mark.parametrize("name", ["sketch", "easel"])
@pytest.mark.parametrize(
    ("flags", "options", "relaxed", "exact"),
    [
        (RELAXED, {}, True, True),
        (RELAXED, {"exact": True}, True, True),
        (RELAXED, {"relaxed": False, "exact": True}, False, True),
        ((), {}, False, False),
        ((), {"exact": True}, False, True),
        (UNFUSED, {}, True, False),
        (UNFUSED, {"exact": True}, False, True),
    ],
)
def test_bits_are_the_native_engines_where_it_says_so(
    in_node: InNode,
    name: str,
    flags: tuple[str, ...],
    options: dict[str, bool],
    relaxed: bool,
    exact: bool,
) -> None:
    picture = noisy(233, 171)
    said, out = in_node(
        style(name), packed(picture), described(picture), options=options, flags=flags
    )
    assert (said["relaxed"], said["exact"]) == (relaxed, exact), said
    want = painted(style(name), picture)
    if exact:
        assert out == want
    else:
        assert 0 < steps_apart(out, want) <= 1


def test_a_browser_without_vectors_is_told_so(in_node: InNode) -> None:
    picture = noisy(16, 16)
    said, _ = in_node(style("easel"), packed(picture), described(picture), withoutSimd=True)
    assert said["code"] == "browser"
    assert "SIMD" in said["message"]
