"""What somebody who looks at a job sees: the job and, while it runs, how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from modules.jobs.job import Job


@dataclass(frozen=True)
class JobView:
    """A moment of a job's life, cheap enough to ask for several times a second."""

    job: Job
    stage: str
    """A word for the person waiting: ``waiting``, ``held``, a stage of the runner, or the final state."""
    fraction: float = 0.0
    """Range: 0 to 1."""
    step: int = 0
    steps: int = 0
    batch: int = 0
    batches: int = 1
    eta_s: float | None = None
    """Seconds until the job is done; None while unknown."""
    queue_position: int | None = None
    """1 is next; None unless it waits."""
    queue_length: int = 0
    preview_version: int = 0
    """Changes with every new preview; 0 means none."""
    interrupting: bool = False
    skipping: bool = False
    stopping_after_batch: bool = False
    """What the runner was asked to do and has not done yet."""
