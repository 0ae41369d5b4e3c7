"""Commands that run on when the studio is closed: started, watched and stopped by their folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from pleinair.whole import whole

RECORD, LOG = "studio.json", "studio.log"
_STARTING = 20.0  # seconds, for a process to write its record


class JobError(RuntimeError):
    """A job that can't be started or stopped, and why."""


@dataclass(frozen=True)
class Job:
    """A command of `pleinair` at work in a folder, or what became of it.

    Attributes:
        arguments: of the command, its name first.
        pid: process that watches over it; the leader of their group.
        birth: when that process began, see `birth`.
        began, ended: seconds since 1970; `ended` is None until then, or where nobody saw it.
        code: exit status, as `ended`.
    """

    arguments: tuple[str, ...]
    pid: int
    birth: str
    began: float
    ended: float | None = None
    code: int | None = None

    @property
    def alive(self) -> bool:
        """Whether it is still at work: another process may have its id by now."""
        return self.code is None and birth(self.pid) == self.birth


def read_job(folder: Path) -> Job | None:
    """The job of a folder, or None where the studio has started none there."""
    try:
        values = json.loads((folder / RECORD).read_text())
        return Job(**{**values, "arguments": tuple(values["arguments"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def start(folder: Path, arguments: Sequence[str]) -> Job:
    """Start `pleinair ARGUMENTS…` in a session of its own; its output goes to `LOG`.

    Raises:
        JobError: one is at work in this folder already, or the machine starts no process.
    """
    last = read_job(folder)
    if last is not None and last.alive:
        raise JobError(f"{folder.name} is at work already")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise JobError(f"{folder}: can't start there ({error.strerror})") from error
    until = time.monotonic() + _STARTING
    while time.monotonic() < until and process.poll() is None:
        job = read_job(folder)
        if job is not None and job.pid == process.pid:
            return job
        time.sleep(0.02)
    job = read_job(folder)
    if job is None or job.pid != process.pid:
        raise JobError(f"{folder}: the process that should work there did not start")
    return job


def stop(folder: Path) -> None:
    """Ask the job of a folder to stop as Ctrl-C does: it finishes its step and saves.

    Raises:
        JobError: none is at work there.
    """
    job = read_job(folder)
    if job is None or not job.alive:
        raise JobError(f"{folder.name} is not at work")
    os.killpg(job.pid, signal.SIGINT)


def last_words(folder: Path) -> str:
    """The line that a command ended with: its error, where it has one; "" if it said nothing."""
    lines = [line.strip() for line in tail(folder).splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("pleinair: ")]
    return (errors or lines or [""])[-1].removeprefix("pleinair: ")


def tail(folder: Path, size: int = 8000) -> str:
    """The end of a job's output, up to `size` bytes."""
    try:
        with (folder / LOG).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - size))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def birth(pid: int) -> str | None:
    """When a process began, in words that no other of the same id can have; None if it is over."""
    if not Path("/proc/self/stat").exists():
        shown = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True
        ).stdout.split(maxsplit=1)
        return None if not shown or shown[0].startswith("Z") else shown[1].strip()
    try:
        # What follows the name, which may hold anything: state, then 18 fields, then the time.
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state in "ZX" else f"{_boot()}:{fields[18]}"


@cache
def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _write(folder: Path, job: Job) -> None:
    with whole(folder / RECORD) as partial:
        partial.write_text(json.dumps(asdict(job), indent=1) + "\n")


def _watch(folder: Path, arguments: Sequence[str]) -> None:
    """Run a command to its end and write down how it ended."""
    # Ctrl-C goes to the group: the command deals with it, and this one waits for what it does.
    signal.signal(signal.SIGINT, lambda _signal, _frame: None)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: os.killpg(0, signal.SIGINT))
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "160"}
    environment.pop("PLEINAIR_DEBUG", None)  # errors in one line
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pleinair", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        job = Job(tuple(arguments), os.getpid(), birth(os.getpid()) or "", time.time())
        _write(folder, job)
        code = process.wait()
    _write(folder, replace(job, ended=time.time(), code=code))


if __name__ == "__main__":
    _watch(Path(sys.argv[1]), sys.argv[2:])
