"""Painting of tests while the studio runs: one after another, in a thread of its own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from pleinair.engine import EngineError
from pleinair.studio.ab.painting import paint
from pleinair.studio.ab.raters import NoSuchError
from pleinair.studio.ab.store import Store
from pleinair.styles import StyleError
from pleinair.video import MediaError


@dataclass(frozen=True)
class Work:
    """How far the painting of a test is.

    Attributes:
        text: what is painted.
        done, total: files; 0 of 0 while it waits.
        error: why it stopped, in one line.
    """

    text: str = ""
    done: int = 0
    total: int = 0
    error: str = ""


class Workshop:
    """Paints tests of a store; what it leaves undone when the studio closes can go on later."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(1, "ab-painting")
        self._works: dict[str, Work] = {}
        self._lock = threading.Lock()

    def work(self, token: str) -> Work | None:
        """How far the painting of a test is; None where nobody paints it."""
        return self._works.get(token)

    def paint(self, token: str) -> None:
        """Paint a test, or go on with it, after those before it."""
        with self._lock:
            before = self._works.get(token)
            if before is not None and not before.error:
                return
            self._works[token] = Work()
        self._pool.submit(self._paint, token)

    def _paint(self, token: str) -> None:
        def say(text: str, done: int, total: int) -> None:
            self._works[token] = Work(text, done, total)

        try:
            paint(self._store, token, say)
        except NoSuchError:
            pass  # it was deleted meanwhile
        except (EngineError, MediaError, StyleError, OSError, ValueError) as error:
            words = " ".join(str(error).split())
            self._works[token] = replace(self._works[token], error=words)
            return
        del self._works[token]
