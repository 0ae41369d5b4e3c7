"""What the tests of projects for devices share."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pleinair.deploy.project import Offer, offer
from pleinair.engine import Session
from pleinair.styles import Style, model_files
from pleinair.video.scene import frames

Image = NDArray[np.uint8]
STYLE = "great-wave"
EASEL = next(path for path in model_files() if path.stem == "easel")  # the shipped one


def easel() -> Offer:
    """The shipped model with two of its styles."""
    return offer(EASEL, ("the-scream", STYLE))


def photo() -> Image:
    """96×64 RGB: few multiplications, for they may have to be emulated."""
    return next(frames(1, 96, 64))


def painter(chosen: Offer) -> Style:
    style = Style(Session(chosen.content, threads=1), "easel")
    style.select(STYLE)
    return style


def zig(*arguments: str | Path) -> None:
    """Compile; what the compiler says of an error is the failure."""
    run([sys.executable, "-m", "ziglang", *arguments])


def run(command: list[str | Path], where: Path | None = None) -> str:
    """What a program prints; it must end well."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=where, timeout=500)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def assert_closed(path: Path, line_comment: str = "//") -> None:
    """Brackets outside of strings and comments are closed in the order they were opened."""
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', path.read_text(encoding="utf-8"))
    text = re.sub(rf"/\*.*?\*/|{re.escape(line_comment)}[^\n]*", "", text, flags=re.DOTALL)
    pairs = {")": "(", "]": "[", "}": "{"}
    open_ones: list[str] = []
    for found in re.findall(r"[()\[\]{}]", text):
        if found in pairs:
            assert open_ones, f"{path}: {found} closes nothing"
            assert open_ones.pop() == pairs[found], f"{path}: {found} closes another"
        else:
            open_ones.append(found)
    assert not open_ones, f"{path}: {open_ones} left open"
