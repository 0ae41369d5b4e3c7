"""What a sweep came to, in words."""

from __future__ import annotations

import pytest

from pleinair.sweep.words import compared, picked

FOUND = {
    "preset": "easel",
    "ms": 29.24,
    "score": 0.926,
    "unrest": 0.17,
    "rival": 55,
    "rival_ms": 26.05,
    "rival_score": 0.929,
    "rival_unrest": 0.22,
    "beaten": False,
}


@pytest.mark.parametrize("estimated", [False, True])
def test_what_was_picked_and_how_it_is_known(estimated: bool) -> None:
    latency = {"ms": 29.94, "fps": 33.4, "estimated": estimated, "device": "a machine"}
    how = "estimated for" if estimated else "measured afresh on"
    words = f"trial 1, 29.9 ms, 33 frames a second, {how} a machine"
    assert picked({"number": 1, "latency": latency}) == words


def test_a_preset_that_is_not_beaten_is_said_so() -> None:
    words = compared(FOUND)
    assert "trial 55 (26.1 ms, score 0.929) does not beat easel (29.2 ms, score 0.926)" in words
    assert words.endswith("unrest 0.22 against 0.17.")
    assert " beats easel" in compared({**FOUND, "beaten": True})
    alone = {**FOUND, **dict.fromkeys(("rival", "rival_ms", "rival_score", "rival_unrest"))}
    assert compared(alone) == "No other network was as fast as easel (29.2 ms, score 0.926)."
