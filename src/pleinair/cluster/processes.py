"""Tasks in a few processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from pleinair.cluster.tasks import Done, LostWorkerError, Task


class Processes:
    """So many processes, each with a task at a time; one that dies is replaced."""

    def __init__(self, jobs: int, retries: int) -> None:
        self._retries = retries
        # A pool each: where one of several processes dies, a pool can't say which task did it.
        self._idle = [_pool() for _ in range(jobs)]
        self._running: dict[Future[Any], tuple[Task, ProcessPoolExecutor, int]] = {}

    def room(self) -> bool:  # noqa: D102
        return bool(self._idle)

    def start(self, task: Task, lost: int = 0) -> None:  # noqa: D102
        pool = self._idle.pop()
        self._running[pool.submit(task.function, task.item)] = task, pool, lost

    def next(self) -> Done:  # noqa: D102
        while True:
            future = wait(self._running, return_when=FIRST_COMPLETED).done.pop()
            task, pool, lost = self._running.pop(future)
            error = future.exception()
            if not isinstance(error, BrokenProcessPool):
                self._idle.append(pool)
                if error is None:
                    return Done(task, future.result())
                if isinstance(error, Exception):
                    return Done(task, error=error)
                raise error
            _end(pool)
            self._idle.append(_pool())
            if lost == self._retries:
                return Done(task, error=LostWorkerError(f"its process died {lost + 1} times"))
            self.start(task, lost + 1)

    def close(self) -> None:  # noqa: D102
        for pool in self._idle + [pool for _, pool, _ in self._running.values()]:
            _end(pool)


def _pool() -> ProcessPoolExecutor:
    # A fork would take over locks that threads of this process hold.
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_prepare)


def _end(pool: ProcessPoolExecutor) -> None:
    # What `terminate_workers` does from Python 3.14 on.
    for process in list((pool._processes or {}).values()):
        process.terminate()
    pool.shutdown(cancel_futures=True)


def _prepare() -> None:
    """In a new process: leave Ctrl-C to the parent, and end when the parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
