"""Mixtures as people write them."""

from __future__ import annotations

import pytest

from pleinair.styles import StyleError
from pleinair.styles.mixture import parse_mixture


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("a", {"a": 1}),
        ("a+b", {"a": 0.5, "b": 0.5}),
        ("a:0.7,b:0.3", {"a": 0.7, "b": 0.3}),
        ("a:3, b", {"a": 0.75, "b": 0.25}),
        ("great-wave+a+b+c", dict.fromkeys(("great-wave", "a", "b", "c"), 0.25)),
    ],
)
def test_shares_add_up_to_one(text: str, shares: dict[str, float]) -> None:
    assert parse_mixture(text) == pytest.approx(shares)


@pytest.mark.parametrize("text", ["", "a+", "a,,b", "a+a", "a:", "a:x", "a:0", "a:-1,b:2", "a:inf"])
def test_what_is_no_mixture(text: str) -> None:
    with pytest.raises(StyleError, match="is no mixture of styles, such as"):
        parse_mixture(text)
