"""Who sends a request, and whose jobs they may steer."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import HTTPException, Request

from modules.jobs.job import Job

_NAMED = "user:"


@dataclass(frozen=True)
class Caller:
    """Somebody who logged in, or else the computer that asks. The queue takes turns among callers."""

    user: str | None
    address: str

    @classmethod
    def of(cls, request: Request) -> Caller:
        return cls(getattr(request.state, "user", None), request.client.host if request.client else "")

    @property
    def client(self) -> str:
        """The name of the caller's jobs."""
        return f"{_NAMED}{self.user}" if self.user else f"api:{self.address}"

    def may_touch(self, job: Job) -> bool:
        """Whether a job is the caller's, or nobody's who has a name."""
        return job.client == self.client or not job.client.startswith(_NAMED)

    def require(self, job: Job) -> Job:
        """Raises: HTTPException for a job of another user."""
        if not self.may_touch(job):
            raise HTTPException(403, "This job belongs to another user.")
        return job
