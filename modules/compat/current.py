"""The job in progress, as ``shared.state`` shows it and scripts steer it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from modules.generation.events import Preview, Progress
from modules.generation.run_context import RunContext
from modules.settings.values import Settings

UNKNOWN = -1
FINE = 10_000
"""Into so many parts progress is divided where scripts count jobs and not steps."""


@dataclass
class RunningJob:
    """What happens now. The numbers are A1111's; scripts write them too."""

    context: RunContext
    settings: Settings
    """Those the job was asked for under."""
    scripted: bool
    """Whether a script makes the pictures, so that several runs add up to the job."""
    started_s: float = field(default_factory=time.time)
    job: str = ""
    job_no: int = 0
    job_count: int = UNKNOWN
    sampling_step: int = 0
    sampling_steps: int = 0
    current_image: Any = None
    current_latent: Any = None
    textinfo: str | None = None
    main: Any = None
    """The ``p`` whose run is the job itself; None once that has begun, and where a script makes the pictures."""
    emitted: dict[int, Any] = field(default_factory=dict)
    """Pictures that people have seen already, by identity; kept here, so that no other gets the identity of one."""
    thread: int = field(default_factory=threading.get_ident)
    """The one that makes the pictures."""

    def tell(self, progress: Progress, done_jobs: int, units: int) -> None:
        """Pass a run's progress on as its share of the whole: ``units`` jobs, after ``done_jobs`` others."""
        jobs = max(self.job_count, done_jobs + units, 1)
        done = done_jobs + progress.fraction * units
        self.context.emit(Progress(progress.stage, progress.step, progress.steps, min(done_jobs + progress.batch,
                                   jobs - 1), jobs, int(FINE * min(done / jobs, 1.0)), FINE))

    def show(self, image: Any) -> None:
        """Show a picture on the way."""
        self.current_image = image
        self.context.emit(Preview(image, self.sampling_step))


class CurrentJob:
    """A place for one job: there is one worker."""

    def __init__(self) -> None:
        self._job: RunningJob | None = None

    @property
    def job(self) -> RunningJob | None:
        return self._job

    @contextlib.contextmanager
    def running(self, job: RunningJob) -> Iterator[RunningJob]:
        """Have a job in progress."""
        self._job = job
        try:
            yield job
        finally:
            self._job = None


CURRENT = CurrentJob()
