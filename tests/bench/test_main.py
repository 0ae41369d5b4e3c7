"""The command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_command_says_what_is_wrong_with_a_size() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "bench", "networks", "--size", "big"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode != 0
    assert "'big' is not WIDTHxHEIGHT" in made.stderr
