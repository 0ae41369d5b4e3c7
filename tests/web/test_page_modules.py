"""The page's modules that need no browser: the quality ladder, fading, WebM."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.engine.emulated import tool

TESTS = sorted(Path(__file__).parent.glob("*.test.mjs"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name.split(".")[0])
def test_in_node(path: Path) -> None:
    node = tool("node", "apt-get install nodejs")
    done = subprocess.run([node, "--no-warnings", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
