"""Commands in processes of their own, which outlive who started them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pleinair.studio import jobs
from pleinair.studio.jobs import JobError, birth, last_words, read_job, start, stop, tail


def _ended(folder: Path, seconds: float = 60) -> jobs.Job:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job = read_job(folder)
        if job is not None and not job.alive:
            return job
        time.sleep(0.05)
    pytest.fail("it did not end")


def test_a_command_is_recorded_with_its_end(tmp_path: Path) -> None:
    job = start(tmp_path / "run", ["--version"])
    assert job.arguments == ("--version",)
    assert job.birth == birth(job.pid) or not job.alive
    ended = _ended(tmp_path / "run")
    assert ended.code == 0
    assert ended.ended is not None
    assert ended.ended >= ended.began
    assert tail(tmp_path / "run").startswith("pleinair ")


def test_a_command_that_refuses_leaves_its_one_line(tmp_path: Path) -> None:
    start(tmp_path, ["info", "no-such-style.onnx"])
    assert _ended(tmp_path).code == 1
    assert last_words(tmp_path) == "no-such-style.onnx: no such style file"


def test_it_is_stopped_as_by_ctrl_c_and_by_who_did_not_start_it(tmp_path: Path) -> None:
    script = f"from pathlib import Path; from pleinair.studio import jobs; jobs.start(Path({str(tmp_path)!r}), ['demo', '--seconds', '60', '--output', {str(tmp_path)!r}])"  # noqa: E501
    subprocess.run([sys.executable, "-c", script], check=True)
    job = read_job(tmp_path)
    assert job is not None
    assert job.alive, tail(tmp_path)
    with pytest.raises(JobError, match="at work already"):
        start(tmp_path, ["--version"])
    time.sleep(1.5)
    stop(tmp_path)
    assert _ended(tmp_path).code in (130, -2)
    with pytest.raises(JobError, match="not at work"):
        stop(tmp_path)


def test_a_process_of_the_same_id_is_another() -> None:
    own = birth(os.getpid())
    assert own is not None
    assert jobs.Job(("train",), os.getpid(), own, 0.0).alive
    assert not jobs.Job(("train",), os.getpid(), "earlier", 0.0).alive
    assert not jobs.Job(("train",), os.getpid(), own, 0.0, 1.0, 0).alive
    child = subprocess.Popen([sys.executable, "-c", ""])
    until = time.monotonic() + 20
    while birth(child.pid) is not None and time.monotonic() < until:
        time.sleep(0.02)
    assert birth(child.pid) is None  # it has ended, though nobody has asked how
    child.wait()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"arguments": 3}'])
def test_a_record_that_is_none_is_no_job(tmp_path: Path, text: str) -> None:
    (tmp_path / jobs.RECORD).write_text(text)
    assert read_job(tmp_path) is None
