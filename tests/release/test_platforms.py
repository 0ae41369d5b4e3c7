"""The platforms of the wheels: the engine's host compiles and links for each."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from release.build import ReleaseError, require
from release.targets import TARGETS, Target
from tests.engine.emulated import cross_build

HOST = {"windows-x86_64": "host/windows.cpp.obj", "macos-arm64": "host/posix.cpp.o"}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_its_host_compiles(target: Target) -> None:
    """The rest of the engine needs nothing from where it runs."""
    name = HOST.get(target.name, "host/posix.cpp.o")
    made = cross_build(target.triple, f"engine/CMakeFiles/pleinair.dir/{name}")
    assert (made / "engine/CMakeFiles/pleinair.dir" / name).stat().st_size > 500


def test_a_wheel_without_the_engine_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "pleinair-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as made:
        made.writestr("pleinair/__init__.py", "")
    require(wheel, "pleinair/__init__.py")
    with pytest.raises(ReleaseError, match="does not hold pleinair/engine"):
        require(wheel, "pleinair/engine/libpleinair.so")
