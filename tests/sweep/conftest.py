"""Sweeps so small that a trial takes a second, and a PostgreSQL of our own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from pleinair.sweep.config import SweepConfig
from pleinair.train.config import Painting
from tests.tiny import picture, widths_to_relu4_1, write_features

# Tensors this small gain nothing from threads, and lose much where other processes run.
torch.set_num_threads(1)

_WIDTHS = widths_to_relu4_1(4)


@pytest.fixture(scope="session")
def features_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_features(tmp_path_factory.mktemp("features") / "tiny.safetensors", _WIDTHS)


@pytest.fixture(scope="session")
def judge_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_features(tmp_path_factory.mktemp("judge") / "judge.safetensors", _WIDTHS, 1)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(4):
        picture(seed, 132, 128).save(folder / f"{seed}.png")
    return folder


@pytest.fixture(scope="session")
def painting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("painting") / "painting.png"
    picture(77, 120, 90).save(path)
    return path


@pytest.fixture
def make_config(
    photos: Path, painting: Path, features_file: Path, judge_file: Path
) -> Callable[..., SweepConfig]:
    """A sweep of a few steps; keyword arguments change it."""

    def make(**changes: Any) -> SweepConfig:
        values: dict[str, Any] = {
            "paintings": (Painting(painting, "tiny"),),
            "photos": (photos,),
            "name": "tiny",
            "target_fps": 2.0,
            "size": (96, 80),
            "trials": 2,
            "steps": 3,
            "batch": 1,
            "crops": (64,),
            "features": str(features_file),
            "held_out": judge_file,
            "judged_count": 1,
            "judged_size": 128,
            "presets": (),
            "train_device": "cpu",
            "train_threads": 1,
            **changes,
        }
        return SweepConfig(**values)

    return make


@pytest.fixture(scope="session")
def command(photos: Path, painting: Path, features_file: Path, judge_file: Path) -> list[str]:
    """The same sweep as words of a command line, without its folder."""
    options = {
        "--photos": photos,
        "--name": "tiny",
        "--target-fps": 2,
        "--size": "96x80",
        "--threads": 1,
        "--steps": 3,
        "--batch": 1,
        "--crop": 64,
        "--features": features_file,
        "--held-out": judge_file,
        "--count": 1,
        "--train-device": "cpu",
        "--train-threads": 1,
    }
    return ["sweep", str(painting), *(str(word) for pair in options.items() for word in pair)]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a database of our own, on a server that runs for these tests."""
    pytest.importorskip("psycopg", reason="PostgreSQL is reached by psycopg")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    if not folders:
        pytest.skip("needs PostgreSQL's server (Debian: apt-get install postgresql)")
    home = Path(tempfile.mkdtemp(prefix="pg"))
    root = os.getuid() == 0
    if root:  # the server refuses to run as root
        shutil.chown(home, "postgres")

    def call(program: str, *words: str) -> None:
        by = ["runuser", "-u", "postgres", "--"] if root else []
        subprocess.run(
            [*by, folders[-1] / program, *words],
            cwd=home,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = str(home / "data")
    call("initdb", "-D", data, "-U", "tester", "--auth=trust", "--no-sync")
    settings = f"-h 127.0.0.1 -p {port} -k {home} -c fsync=off"
    call("pg_ctl", "-D", data, "-w", "-l", str(home / "log"), "-o", settings, "start")
    try:
        call("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "tester", "sweeps")
        yield f"postgresql+psycopg://tester@127.0.0.1:{port}/sweeps"
    finally:
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(home)
