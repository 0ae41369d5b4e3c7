"""Mixtures of styles, as people write them."""

from __future__ import annotations

import re

from pleinair.styles.artwork import StyleError


def parse_mixture(text: str) -> dict[str, float]:
    """Read `a+b` or `a:0.7,b:0.3`: names, and how much of each; what is not said counts 1.

    Returns:
        The share of each name; all of them together are 1.

    Raises:
        StyleError: no names, one of them twice, or a share that isn't a positive number.
    """
    shares: dict[str, float] = {}
    for part in re.split(r"[+,]", text):
        name, colon, number = (piece.strip() for piece in part.partition(":"))
        try:
            share = float(number) if colon else 1.0
        except ValueError:
            share = 0.0
        if not name or name in shares or not 0 < share < float("inf"):
            raise StyleError(f"{text!r} is no mixture of styles, such as a+b or a:0.7,b:0.3")
        shares[name] = share
    whole = sum(shares.values())
    return {name: share / whole for name, share in shares.items()}
