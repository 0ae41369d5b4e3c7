"""The engine on processors that this machine does not have: cross-built, under qemu-user."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILDS = ROOT / "build" / "tests"


def tool(name: str, package: str) -> str:
    """Path of a program; skips where it is missing, but fails in CI."""
    beside = Path(sys.executable).parent
    path = shutil.which(name, path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")
    if not path:
        reason = f"needs {name} ({package})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@cache
def cross_build(triple: str, *targets: str) -> Path:
    """Builds targets of the project's own CMake for zig's `triple`; gives the build folder.

    The folder stays, so that only what changed is compiled the next time.
    """
    cmake, ninja = tool("cmake", "pip install cmake"), tool("ninja", "pip install ninja")
    into = BUILDS / triple
    into.mkdir(parents=True, exist_ok=True)
    configure: list[str | Path] = [
        cmake, "-S", ROOT, "-B", into, "-G", "Ninja", "-Wno-dev",
        f"-DCMAKE_MAKE_PROGRAM={ninja}", f"-DPLEINAIR_TARGET={triple}", "-DPLEINAIR_TESTS=ON",
        "-DCMAKE_SKIP_RPATH=ON",  # CMake cannot write it for WebAssembly
        f"-DPython_EXECUTABLE={sys.executable}",
    ]  # fmt: skip
    with (into / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build: list[str | Path] = [cmake, "--build", into, "--target", *targets]
        for command in (configure, build):
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return into


def emulate(processor: str, command: Sequence[str | Path], **environment: str) -> bytes:
    """What a program prints under qemu-user, for example as `aarch64`; it must end well."""
    qemu = tool(f"qemu-{processor}", "apt-get install qemu-user")
    done = subprocess.run(
        [qemu, *command], capture_output=True, env={**os.environ, **environment}, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
