"""Several processes, started by torchrun, train what one would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from pleinair.train import train
from pleinair.train.config import TrainConfig
from pleinair.train.curve import CURVE
from pleinair.train.loop import processes

MakeConfig = Callable[..., TrainConfig]

PROGRAM = """
import json, sys
from pathlib import Path
from pleinair.train import train
from pleinair.train.config import TrainConfig

settings, out, resume = sys.argv[1:]
config = TrainConfig.from_dict(json.loads(settings))
train(config, Path(out), resume=resume == "True", install=False)
"""


def start(config: TrainConfig, out: Path, *, resume: bool = False) -> subprocess.Popen[str]:
    program = out.with_suffix(".py")
    program.write_text(PROGRAM)
    settings = json.dumps(config.to_dict())
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    return subprocess.Popen(
        [*torchrun, str(program), settings, str(out), str(resume)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def curve(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / CURVE).read_text().splitlines()]


def test_two_processes_train_what_one_does(make_config: MakeConfig, tmp_path: Path) -> None:
    # Each process moves its photos in its own way, so without the loss of the next frame; and
    # SOAP's first bases are partly those of rounding, so with Adam.
    config = make_config(batch=4, steps=3, steadiness_weight=0.0, noise=0.0, optimizer="adam")
    two, one = tmp_path / "two", tmp_path / "one"
    process = start(config, two)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    train(config, one, install=False)
    names = sorted(path.name for path in one.rglob("*") if "tfevents" not in path.name)
    assert sorted(path.name for path in two.rglob("*") if "tfevents" not in path.name) == names
    assert len(list((two / "log").iterdir())) == 1
    # Weights would be too much to ask: Adam moves one whose gradient is nothing but rounding as far
    # as any other. From the second step on, the losses tell whether the others moved alike.
    assert len(curve(two)) == 3
    for a, b in zip(curve(two), curve(one), strict=True):
        a.pop("seconds")
        b.pop("seconds")
        assert a == pytest.approx(b, rel=1e-5)


def test_interrupted_processes_go_on(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config(batch=2, steps=2000, checkpoint_every=2000, preview_every=2000)
    out = tmp_path / "two"
    process = start(config, out)
    deadline = time.monotonic() + 90
    while not ((out / CURVE).exists() and len(curve_lines(out)) > 3):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    done = torch.load(out / "checkpoint.pt", weights_only=True)["step"]
    assert 3 < done < 2000
    again = start(config, out, resume=True)
    while len(curve_lines(out)) < done + 3:
        assert again.poll() is None
        assert time.monotonic() < deadline + 90
        time.sleep(0.05)
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=60)
    assert torch.load(out / "checkpoint.pt", weights_only=True)["step"] > done + 2


def curve_lines(out: Path) -> list[str]:
    return (out / CURVE).read_text().splitlines()


def test_processes_must_share_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    assert processes(2, 4) == (2, 1)
    for name, value in ("TORCHELASTIC_RUN_ID", "x"), ("WORLD_SIZE", "4"), ("LOCAL_WORLD_SIZE", "2"):
        monkeypatch.setenv(name, value)
    assert processes(1, 8) == (2, 2)
    with pytest.raises(ValueError, match="batch must be a multiple of the 4 processes, not 6"):
        processes(1, 6)
