"""Run tasks one after another, in a few processes, or on the machines of a Ray cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

RETRIES = 3
"""How often a task is tried again whose worker died or whose machine was lost."""


class LostWorkerError(Exception):
    """The process or the machine that a task ran on was lost, again and again."""


@dataclass(frozen=True)
class Task:
    """A call `function(item)`, and what it needs of a machine: processor cores and GPUs."""

    function: Callable[[Any], Any]
    item: Any
    cpus: float = 1
    gpus: float = 0


@dataclass(frozen=True)
class Done:
    """A task that has ended: with a `result`, or with the `error` that it raised."""

    task: Task
    result: Any = None
    error: Exception | None = None


class Workers(Protocol):
    """Where tasks run."""

    def room(self) -> bool:
        """Say whether another task can be started now."""

    def start(self, task: Task) -> None:
        """Begin a task; there is room for it."""

    def next(self) -> Done:
        """Wait for any of those that were started."""

    def close(self) -> None:
        """Stop those under way."""


class Tasks:
    """Tasks to do, given back as they end; use as a context manager.

    ```python
    with Tasks(cluster="auto") as tasks:
        for item in items:
            tasks.add(function, item)
        for done in tasks:  # in the order in which they end
            ...  # more may be added here
    ```

    A task that raises is not tried again, and the others go on: its error is in what is given
    back. One that is lost with its process or its machine is, `retries` times; then its error is
    a `LostWorkerError`. Leaving the context, by Ctrl-C or otherwise, stops what is under way.

    Function and item are pickled unless they run here, and the function must be one that workers
    can import. A task may run twice, when a worker is lost: what it writes should be whole or not
    there, and the same each time.

    Args:
        cluster: address of a Ray cluster: `HOST:PORT` or `auto` from one of its machines,
            `ray://HOST:PORT` from elsewhere. None for this machine alone.
        jobs: processes on this machine; with one, tasks run in this process.
        retries: how often a task is tried again that was lost.

    Raises:
        ImportError: Ray is not installed.
        ConnectionError: no cluster answers at that address.
    """

    def __init__(
        self, cluster: str | None = None, *, jobs: int = 1, retries: int = RETRIES
    ) -> None:
        self._waiting: deque[Task] = deque()
        self._running = 0
        self._workers = _workers(cluster, jobs, retries)

    def add(
        self,
        function: Callable[[Any], Any],
        item: Any,
        *,
        cpus: float = 1,
        gpus: float = 0,
        first: bool = False,
    ) -> None:
        """Have `function(item)` done, before all others that wait if it is to be `first`.

        On a cluster a machine with `cpus` cores and `gpus` GPUs to spare does it; a fraction of a
        GPU shares it. Elsewhere the two say nothing.
        """
        task = Task(function, item, cpus, gpus)
        if first:
            self._waiting.appendleft(task)
        else:
            self._waiting.append(task)

    def __iter__(self) -> Iterator[Done]:
        while self._waiting or self._running:
            while self._waiting and self._workers.room():
                self._workers.start(self._waiting.popleft())
                self._running += 1
            done = self._workers.next()
            self._running -= 1
            yield done

    def __enter__(self) -> Tasks:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._workers.close()


def _workers(cluster: str | None, jobs: int, retries: int) -> Workers:
    if cluster is not None:
        from pleinair.cluster.on_ray import RayWorkers  # an optional package

        return RayWorkers(cluster, retries)
    if jobs > 1:
        from pleinair.cluster.processes import Processes

        return Processes(jobs, retries)
    return _Here()


class _Here:
    """This process, one task after another."""

    def __init__(self) -> None:
        self._task: Task | None = None

    def room(self) -> bool:
        return self._task is None

    def start(self, task: Task) -> None:
        self._task = task

    def next(self) -> Done:
        task, self._task = self._task, None
        assert task is not None
        try:
            return Done(task, task.function(task.item))
        except Exception as error:
            return Done(task, error=error)

    def close(self) -> None:
        pass
