"""What is written of a trial, so that it can be read, shown and repeated."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pleinair
from pleinair.whole import whole

TRIALS = "trials"
TRIAL, MODEL, SAMPLE = "trial.json", "model.onnx", "sample.png"
REJECTED = "rejected.jsonl"
_PACKAGES = ("torch", "optuna", "onnx", "numpy")


@cache
def versions() -> dict[str, str]:
    """Of everything that a trial's weights depend on; ``git`` where the package is a checkout."""
    found = {"pleinair": pleinair.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    commit = _commit()
    return {**found, "git": commit} if commit else found


def _commit() -> str | None:
    """The commit of the checkout that this code is in, with ``+`` where it was changed since."""
    here = Path(__file__).resolve()

    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(here.parent), *words], capture_output=True, text=True, timeout=10
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    if git("ls-files", "--error-unmatch", here.name) is None:
        return None
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".")
    return f"{git('rev-parse', 'HEAD')}{'+' if changed else ''}"


def folder_of(out: Path, number: int) -> Path:
    """Where the record of a trial lies."""
    return out / TRIALS / f"{number:03d}"


@contextmanager
def recording(out: Path, number: int) -> Iterator[Path]:
    """A folder to write a trial's record into, which takes its place when the block ends well.

    While the trial runs it is ``trials/.NNN.part``.
    """
    place = folder_of(out, number)
    partial = place.with_name(f".{place.name}.part")
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.replace(place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def sweep_up(out: Path) -> None:
    """Throw away the folders of trials whose process has died."""
    for partial in (out / TRIALS).glob(".*.part"):
        shutil.rmtree(partial)


def write_json(path: Path, values: Any) -> None:
    """Write JSON, whole or not at all."""
    with whole(path) as partial:
        partial.write_text(json.dumps(values, indent=1) + "\n")


def read_trial(out: Path, number: int) -> dict[str, Any] | None:
    """The record of a trial, or ``None`` where it has none."""
    try:
        found = json.loads((folder_of(out, number) / TRIAL).read_text())
    except FileNotFoundError:
        return None
    except json.JSONDecodeError as error:
        raise ValueError(f"{folder_of(out, number) / TRIAL} is damaged: {error}") from error
    return dict(found)


def read_trials(out: Path) -> list[dict[str, Any]]:
    """The records of all trials, in order."""
    numbers = sorted(
        int(path.name) for path in (out / TRIALS).glob("[0-9]*") if path.name.isdecimal()
    )
    return [record for number in numbers if (record := read_trial(out, number)) is not None]
