"""Who is next: clients take turns, and each client's jobs stay in order."""

from __future__ import annotations

from collections import deque


class WaitingLine:
    """Round robin over clients. Not thread-safe: its owner holds a lock."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[str]] = {}
        """Per client, in the order of their turns."""
        self._client: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._client)

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._client

    def count(self, client: str) -> int:
        return len(self._waiting.get(client, ()))

    @property
    def clients(self) -> int:
        return len(self._waiting)

    def push(self, job_id: str, client: str) -> None:
        self._waiting.setdefault(client, deque()).append(job_id)
        self._client[job_id] = client

    def first(self) -> str | None:
        """The job whose turn it is."""
        return next(iter(self._waiting.values()))[0] if self._waiting else None

    def pop(self) -> str | None:
        """Take the next job; its client goes to the end of the round."""
        if not self._waiting:
            return None
        client = next(iter(self._waiting))
        jobs = self._waiting.pop(client)
        job_id = jobs.popleft()
        if jobs:
            self._waiting[client] = jobs
        del self._client[job_id]
        return job_id

    def remove(self, job_id: str) -> None:
        client = self._client.pop(job_id)
        self._waiting[client].remove(job_id)
        if not self._waiting[client]:
            del self._waiting[client]

    def position(self, job_id: str) -> int | None:
        """When its turn comes if nobody else arrives: 1 is next."""
        if job_id not in self._client:
            return None
        own = self._client[job_id]
        depth = self._waiting[own].index(job_id)
        earlier_rounds = sum(min(len(jobs), depth) for jobs in self._waiting.values())
        clients = list(self._waiting)
        same_round = sum(len(self._waiting[client]) > depth for client in clients[:clients.index(own)])
        return earlier_rounds + same_round + 1
