"""What all tests share: where the real data is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data() -> Callable[[str], Path]:
    """Path of a real file or folder by its name under PLEINAIR_DATA; skips where it is missing."""
    folder = Path(os.environ.get("PLEINAIR_DATA", ROOT.parent / "shared" / "data"))

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"needs {name} in the data folder (PLEINAIR_DATA={folder})")
        return path

    return find
