"""Wake whoever waits for news of a job, in a thread or in an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator


class Bells:
    """Callbacks per job. They run on the thread that rings and must return at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: dict[str, list[Callable[[], None]]] = {}

    def ring(self, job_id: str) -> None:
        with self._lock:
            callbacks = list(self._callbacks.get(job_id, ()))
        for callback in callbacks:
            callback()

    def ring_all(self) -> None:
        with self._lock:
            jobs = list(self._callbacks)
        for job_id in jobs:
            self.ring(job_id)

    @contextlib.contextmanager
    def thread_bell(self, job_id: str) -> Iterator[threading.Event]:
        """An event that is set whenever the job changes."""
        bell = threading.Event()
        with self._hung(job_id, bell.set):
            yield bell

    @contextlib.contextmanager
    def async_bell(self, job_id: str) -> Iterator[asyncio.Event]:
        """The same for the running event loop."""
        bell, loop = asyncio.Event(), asyncio.get_running_loop()

        def ring() -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed while somebody still waited
                loop.call_soon_threadsafe(bell.set)

        with self._hung(job_id, ring):
            yield bell

    @contextlib.contextmanager
    def _hung(self, job_id: str, callback: Callable[[], None]) -> Iterator[None]:
        with self._lock:
            self._callbacks.setdefault(job_id, []).append(callback)
        try:
            yield
        finally:
            with self._lock:
                self._callbacks[job_id].remove(callback)
                if not self._callbacks[job_id]:
                    del self._callbacks[job_id]
