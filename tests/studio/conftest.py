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

import pytest

pytest.importorskip("nicegui", reason="needs pleinair[studio]")

from pleinair.studio.painting import Work
from tests.tiny import picture, widths_to_relu4_1, write_features


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


def painted_in_time(work: Work) -> Work:
    """Wait for what a painter does."""
    until = time.monotonic() + 120
    while not work.over and time.monotonic() < until:
        time.sleep(0.02)
    return work


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


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(3):
        picture(seed, 320, 260).save(folder / f"{seed}.png")
    return folder


@pytest.fixture(scope="session")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random features, a few channels wide, to relu4_1."""
    path = tmp_path_factory.mktemp("features") / "tiny.safetensors"
    return write_features(path, widths_to_relu4_1(4))
