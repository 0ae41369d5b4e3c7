"""The wheel that `make` built, as a user gets it."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

import pytest

from pleinair.engine import library
from release import smoke
from release.build import ROOT


@pytest.fixture
def wheel() -> Path:
    """The one wheel in build/wheel."""
    found = list((ROOT / "build" / "wheel").glob("pleinair-*.whl"))
    if len(found) != 1:
        reason = "needs the wheel that `make test` builds"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found[0]


def test_it_paints_where_there_is_no_compiler(
    wheel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In an environment of its own; the same picture as here."""
    runpy.run_path(str(ROOT / "release" / "paint.py"))
    assert smoke.paints(wheel) == capsys.readouterr().out.strip()


def test_its_version_is_the_engine_s(wheel: Path) -> None:
    assert wheel.name.split("-")[1] == library.library().pl_version().decode()
