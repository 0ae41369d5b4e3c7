"""The shared library under Python: what keeps it from being loaded is one clear error."""

from __future__ import annotations

import ctypes.util
from pathlib import Path

import pytest

from pleinair.engine import EngineError, library


@pytest.fixture(autouse=True)
def loaded_anew() -> None:
    """As in a new process; the next test has the real one again."""
    library.library.cache_clear()


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLEINAIR_LIBRARY", str(tmp_path / "none.so"))
    with pytest.raises(EngineError, match=r"cannot load the engine from .*none\.so"):
        library.library()


def test_a_library_without_our_functions_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as an older engine."""
    other = ctypes.util.find_library("c")
    assert other
    monkeypatch.setenv("PLEINAIR_LIBRARY", other)
    with pytest.raises(EngineError, match=r"cannot load the engine from .*pl_"):
        library.library()
