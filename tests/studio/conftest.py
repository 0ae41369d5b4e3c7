"""A studio in a process of its own, as `pleinair studio` makes it, on a free port of loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("nicegui", reason="needs pleinair[studio]")


@dataclass
class Studio:
    """A running studio: where it is, and where it keeps things."""

    url: str
    folder: Path
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stderr=log)
        until = time.monotonic() + 180  # on a busy machine
        while time.monotonic() < until:
            assert self.process.poll() is None, self.said()
            try:
                urllib.request.urlopen(self.url, timeout=5).close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        pytest.fail("the studio did not start")

    def stop(self) -> str:
        """Close it as Ctrl-C does; gives what it said."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        return self.said()

    def said(self) -> str:
        return self._log.read_text()

    @property
    def _log(self) -> Path:
        return self.folder.parent / "said.txt"


@pytest.fixture(scope="session")
def open_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Studio]]:
    """Opens studios with the options given, each with a folder of its own."""
    opened: list[Studio] = []

    def start(*options: str, host: str = "127.0.0.1") -> Studio:
        folder = tmp_path_factory.mktemp("studio")
        with socket.socket() as probe:
            probe.bind((host, 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "pleinair", "studio", "--no-browser"]
        command += ["--folder", str(folder / "runs"), "--port", str(port), *options]
        environment = {**os.environ, "PLEINAIR_STYLES": str(folder / "styles"), "HOME": str(folder)}
        environment.pop("PLEINAIR_DATA", None)
        studio = Studio(f"http://{host}:{port}", folder / "runs", command, environment)
        studio.start()
        opened.append(studio)
        return studio

    yield start
    for studio in opened:
        if studio.process.poll() is None:
            studio.stop()


@pytest.fixture(scope="session")
def studio(open_studio: Callable[..., Studio]) -> Studio:
    return open_studio()


def picture(seed: int, width: int, height: int) -> Image.Image:
    """Soft coloured blobs."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(3):
        picture(seed, 320, 260).save(folder / f"{seed}.png")
    return folder


@pytest.fixture(scope="session")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random features in the layout of vgg19_small, a few channels wide, to relu4_1."""
    numpy = pytest.importorskip("safetensors.numpy", reason="needs pleinair[train]")
    random = np.random.default_rng(0)
    state = {
        "conv0.weight": 255 * np.eye(3, dtype=np.float32)[::-1].copy().reshape(3, 3, 1, 1),
        "conv0.bias": np.array([-104, -117, -124], np.float32),
    }
    channels = 3
    for name in ("11", "12", "21", "22", "31", "32", "33", "34", "41"):
        spread = (2 / (9 * channels)) ** 0.5
        weights = spread * random.standard_normal((4, channels, 3, 3))
        state[f"conv{name}.weight"] = weights.astype(np.float32)
        state[f"conv{name}.bias"] = np.zeros(4, np.float32)
        channels = 4
    path = tmp_path_factory.mktemp("features") / "tiny.safetensors"
    numpy.save_file(state, path)
    return path
