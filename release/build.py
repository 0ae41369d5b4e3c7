"""Wheels and the source distribution, all from one machine: zig compiles for every platform."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from release.targets import Target

ROOT = Path(__file__).resolve().parents[1]


class ReleaseError(RuntimeError):
    """What keeps a release from being cut."""


def build_wheel(target: Target, out: Path) -> Path:
    """Build the wheel of a platform from the checkout into ``out``; gives its path.

    Raises:
        ReleaseError: it could not be built, or does not hold what it must.
    """
    settings = {
        "cmake.define.PLEINAIR_TARGET": target.triple,
        "env._PYTHON_HOST_PLATFORM": target.tag,  # the build backend names the wheel by it
    }
    given = [f"--config-setting={name}={value}" for name, value in settings.items()]
    wheel = _built("--wheel", given, out)
    if not wheel.name.endswith(f"-py3-none-{target.tag}.whl"):
        raise ReleaseError(f"{wheel.name} is not for {target.tag}")
    require(wheel, f"pleinair/engine/{target.library}")
    require(wheel, "pleinair/web/pleinair.wasm")
    require(wheel, "pleinair/web/pleinair-gpu.wasm")
    return wheel


def build_sdist(out: Path) -> Path:
    """Build the source distribution into ``out``; gives its path.

    Raises:
        ReleaseError: it could not be built.
    """
    return _built("--sdist", [], out)


def require(wheel: Path, name: str) -> None:
    """Raise ``ReleaseError`` where a wheel does not hold a file."""
    with zipfile.ZipFile(wheel) as held:
        if name not in held.namelist():
            raise ReleaseError(f"{wheel.name} does not hold {name}")


def run(command: list[str | Path], **environment: str) -> str:
    """What a command prints; raises ``ReleaseError`` with all of it where it fails."""
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **environment}
    )
    if done.returncode:
        said = f"{done.stdout}{done.stderr}".strip()
        raise ReleaseError(f"{' '.join(map(str, command))}:\n{said}")
    return done.stdout


def _built(kind: str, given: list[str], out: Path) -> Path:
    with tempfile.TemporaryDirectory() as folder:
        run([sys.executable, "-m", "build", kind, *given, "--outdir", folder])
        (made,) = Path(folder).iterdir()
        out.mkdir(parents=True, exist_ok=True)
        return Path(shutil.move(made, out / made.name))
