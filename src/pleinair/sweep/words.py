"""What a sweep came to, in words: of the values in its ``result.json``."""

from __future__ import annotations

from typing import Any


def picked(winner: dict[str, Any]) -> str:
    """The network that was picked, and what was measured of it."""
    latency = winner["latency"]
    how = "estimated for" if latency["estimated"] else "measured afresh on"
    return (
        f"trial {winner['number']}, {latency['ms']:.1f} ms, {latency['fps']:.0f} frames a second, "
        f"{how} {latency['device']}"
    )


def compared(found: dict[str, Any]) -> str:
    """How a preset compares with the best network at equal latency."""
    own = f"{found['preset']} ({found['ms']:.1f} ms, score {found['score']:.3f})"
    if found["rival"] is None:
        return f"No other network was as fast as {own}."
    rival = f"trial {found['rival']} ({found['rival_ms']:.1f} ms, score {found['rival_score']:.3f})"
    unrest = f"unrest {found['rival_unrest']:.2f} against {found['unrest']:.2f}"
    verb = "beats" if found["beaten"] else "does not beat"
    return f"At equal latency {rival} {verb} {own}, trained as long; {unrest}."
