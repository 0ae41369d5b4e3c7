"""Libraries for other processors, built here by zig."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from pleinair.deploy.bundle import DeployError

Report = Callable[[int, int], None]
"""Is told how many steps are done, and how many there are."""


def build(source: Path, triple: str, target: str, library: Path, report: Report) -> None:
    """Build one library of a CMake project for zig's `triple` and copy it to `library`.

    Raises:
        DeployError: a tool is missing, or does not build it.
    """
    cmake, ninja = _tool("cmake"), _tool("ninja")
    if find_spec("ziglang") is None or not cmake or not ninja:
        raise DeployError(
            "building the library needs ziglang, cmake and ninja: pip install 'pleinair[deploy]' "
            "(or --ndk: Gradle builds it with Android's own compiler)"
        )
    with tempfile.TemporaryDirectory(prefix="pleinair-") as folder:
        configure: list[str | Path] = [
            cmake, "-S", source, "-B", folder, "-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}",
            f"-DCMAKE_TOOLCHAIN_FILE={source / 'zig' / 'zig.cmake'}", f"-DPLEINAIR_TARGET={triple}",
            f"-DPython_EXECUTABLE={sys.executable}",
        ]  # fmt: skip
        _run(configure, lambda *_: None)
        _run([cmake, "--build", folder, "--target", target], report)
        library.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(folder, library.name), library)


def _tool(name: str) -> str | None:
    """Path of a program beside Python, where pip puts it, or anywhere."""
    beside = Path(sys.executable).parent
    return shutil.which(name, path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")


def _run(command: list[str | Path], report: Report) -> None:
    """Run a program and report its steps, `[3/10]` at the start of a line."""
    last: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        try:
            assert process.stdout
            for line in process.stdout:
                last = [*last[-20:], line.strip()]
                if step := re.match(r"\[(\d+)/(\d+)\]", line):
                    report(int(step[1]), int(step[2]))
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        said = next((line for line in last if "error" in line.lower()), last[-1] if last else "")
        raise DeployError(f"{command[0]}: {said}")
