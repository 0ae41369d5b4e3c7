"""Tasks on the machines of a Ray cluster."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from pleinair import __version__
from pleinair.cluster.tasks import Done, LostWorkerError, Task

try:
    import ray
    from ray.exceptions import RayError, RayTaskError
except ImportError as error:
    raise ImportError(
        "a cluster needs the packages ray and fsspec: pip install 'pleinair[cluster]'"
    ) from error


class RayWorkers:
    """All machines of a cluster. Where this process has joined one already, that one is used."""

    def __init__(self, address: str, retries: int) -> None:
        self._owned = not ray.is_initialized()
        if self._owned:
            _join(address)
        self._call = ray.remote(max_retries=retries)(_call)
        self._retries = retries
        self._running: dict[Any, Task] = {}

    def room(self) -> bool:  # noqa: D102
        # Ray queues what it can't start yet. That more waits than runs tells it to grow, if it can.
        cores = float(ray.cluster_resources().get("CPU", 1))  # type: ignore[no-untyped-call]
        return len(self._running) < 2 * max(1, cores)

    def start(self, task: Task) -> None:  # noqa: D102
        call = self._call.options(
            num_cpus=task.cpus, num_gpus=task.gpus, name=task.function.__name__
        )
        self._running[call.remote(task.function, task.item, __version__)] = task

    def next(self) -> Done:  # noqa: D102
        (reference, *_), _ = ray.wait(list(self._running), num_returns=1)
        task = self._running.pop(reference)
        try:
            return Done(task, ray.get(reference))
        except RayTaskError as error:
            return Done(task, error=error.cause if isinstance(error.cause, Exception) else error)
        except RayError as error:
            kind = type(error).__name__
            return Done(task, error=LostWorkerError(f"lost {self._retries + 1} times ({kind})"))

    def close(self) -> None:  # noqa: D102
        for reference in self._running:
            ray.cancel(reference, force=True)
        if self._owned:
            ray.shutdown()


def _call(function: Callable[[Any], Any], item: Any, version: str) -> Any:
    """On a machine of the cluster."""
    if version != __version__:
        raise RuntimeError(f"this worker has pleinair {__version__}, not {version}")
    return function(item)


def _join(address: str) -> None:
    try:
        _knock(address)
        with _own_signals():
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # of many kinds
        reason = " ".join(str(error).split())
        raise ConnectionError(f"no Ray cluster answers at {address}: {reason}") from error


def _knock(address: str) -> None:
    """Raise at once where nothing listens; Ray would try for minutes."""
    place = urlsplit(address if "://" in address else f"ray://{address}")
    if place.port is not None:
        socket.create_connection((place.hostname, place.port), timeout=10).close()


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep what this process does when it is asked to end; Ray would exit at once."""
    handler = signal.getsignal(signal.SIGTERM)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)
