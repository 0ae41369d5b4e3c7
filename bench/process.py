"""A worker process as the runner sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# Engines that take their thread count from the environment, or a copy of OpenMP's.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class PeerError(RuntimeError):
    """A peer that refused an order, or died of it."""


class Process:
    """`bench.worker` in a process of its own; a context manager that ends it."""

    def __init__(self, threads: int, variables: dict[str, str], realtime: bool) -> None:
        environment = os.environ | dict.fromkeys(_THREAD_VARIABLES, str(threads)) | variables
        paths = [str(ROOT), *filter(None, [environment.get("PYTHONPATH")])]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed on exit)
        self._child = subprocess.Popen(
            [sys.executable, "-m", "bench.worker", *(["--realtime"] if realtime else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=environment | {"PYTHONPATH": os.pathsep.join(paths)},
        )

    def order(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Has the worker do something and waits for its answer; raises PeerError."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        try:
            self._child.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._child.stdin.flush()
            line = self._child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise PeerError(f"died with {self._child.wait()}: {self._last_words()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise PeerError(answer["error"])
        return answer

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.kill()
        self._child.communicate()
        self._log.close()
