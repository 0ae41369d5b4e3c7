"""Nothing grows while frames of all sizes and styles are painted."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from bench import soak
from tests.conftest import ROOT


def test_nothing_grows() -> None:
    """In a process that has done nothing before."""
    command = [sys.executable, "-m", "bench.soak", "6000"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "6,000 frames" in ended.stdout


def test_what_grows_is_told() -> None:
    before = soak.Taken(1, 0, 0, 0)
    for field in ("resident", "given", "objects"):
        assert "8,388,608" in soak.growth(before, replace(before, **{field: 8 << 20}))
