"""The platforms of the wheels: the engine's host compiles and links for each."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from release.build import ROOT, ReleaseError, require, run
from release.targets import TARGETS, Target


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_its_host_compiles(target: Target, tmp_path: Path) -> None:
    """The rest of the engine needs nothing from where it runs."""
    name = "windows" if target.name.startswith("windows") else "posix"
    made = tmp_path / "host.o"
    run(
        [
            sys.executable, "-m", "ziglang", "c++", "-target", target.triple, "-std=c++17",
            "-Wall", "-Wextra", "-Werror", "-fno-exceptions", "-fno-rtti",
            f"-I{ROOT / 'engine' / 'include'}", "-c", ROOT / "engine" / "host" / f"{name}.cpp",
            "-o", made,
        ]
    )  # fmt: skip
    assert made.stat().st_size > 500


def test_a_wheel_without_the_engine_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "pleinair-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as made:
        made.writestr("pleinair/__init__.py", "")
    require(wheel, "pleinair/__init__.py")
    with pytest.raises(ReleaseError, match="does not hold pleinair/engine"):
        require(wheel, "pleinair/engine/libpleinair.so")
