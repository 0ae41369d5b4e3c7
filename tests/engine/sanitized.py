"""The programs of engine/fuzz/: built with clang's sanitizers, and run.

`python -m tests.engine.sanitized [SECONDS]` fuzzes with each target so long (60 seconds if not
said), all at once; what ends one of them is kept in build/fuzz/found.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.engine.emulated import tool

ROOT = Path(__file__).resolve().parent.parent.parent
FUZZ = ROOT / "engine" / "fuzz"
SANITIZERS = {"fuzz": "address,undefined,fuzzer-no-link", "threads": "thread"}
# Each with its corpus and the longest input that is tried.
TARGETS = {"reader": ("models", 4000), "plan": ("models", 4000), "paint": ("paint", 80)}


def build(kind: str) -> Path:
    """Build the programs with one of SANITIZERS; the folder with them."""
    cmake, ninja = tool("cmake", "pip install cmake"), tool("ninja", "pip install ninja")
    folder = ROOT / "build" / kind
    settings = {
        "CMAKE_CXX_COMPILER": tool("clang++-19", "apt-get install clang-19 libclang-rt-19-dev"),
        "CMAKE_MAKE_PROGRAM": ninja,
        "CMAKE_BUILD_TYPE": "None",
        "PLEINAIR_SANITIZE": SANITIZERS[kind],
    }
    defined = [f"-D{name}={value}" for name, value in settings.items()]
    configure: list[str | Path] = [
        cmake,
        "-S",
        ROOT / "engine",
        "-B",
        folder,
        "-G",
        "Ninja",
        *defined,
    ]
    compiling: list[str | Path] = [cmake, "--build", folder]
    for command in (configure, compiling):
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, (ran.stdout + ran.stderr)[-4000:]
    return folder / "fuzz"


def fuzz(programs: Path, seconds: int) -> dict[str, str]:
    """Let all targets look for inputs that end them, the corpora first; what each wrote.

    Raises AssertionError with the report of one that found something.
    """
    found = ROOT / "build" / "fuzz" / "found"
    found.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as new:
        running = {}
        for target, (corpus, length) in TARGETS.items():
            (Path(new) / target).mkdir()
            options = [f"-max_total_time={seconds}", f"-max_len={length}", "-timeout=30"]
            options += ["-rss_limit_mb=2500", f"-artifact_prefix={found}/{target}-"]
            folders = [Path(new) / target, FUZZ / "corpus" / corpus]
            running[target] = subprocess.Popen(
                [programs / f"fuzz_{target}", *options, *folders],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        said = {target: process.communicate()[1] for target, process in running.items()}
    for target, process in running.items():
        assert process.returncode == 0, f"fuzz_{target}: {said[target][-6000:]}"
    return said


if __name__ == "__main__":
    ended = fuzz(build("fuzz"), int(sys.argv[1]) if len(sys.argv) > 1 else 60)
    print("\n".join(f"fuzz_{name}: {text.splitlines()[-1]}" for name, text in ended.items()))
