"""One attempt at one job: drives the runner and writes down what it emits."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from modules.foundation.cancellation import Cancellation
from modules.foundation.errors import WebUIError
from modules.generation.events import Comment, Emit, Event, ImageFinished, Preview, Progress
from modules.jobs.job import Failure, Job, JobState, PictureRecord
from modules.jobs.preview import PreviewSlot
from modules.jobs.progress import ProgressMeter
from modules.jobs.store import JobStore
from modules.jobs.view import JobView

logger = logging.getLogger(__name__)

Runner = Callable[[Job, Cancellation, Emit], None]
"""Does the work of a job, all but the pictures in ``job.saved``: an earlier attempt finished those.

A picture it emits is acknowledged when ``emit`` returns.
"""
Listener = Callable[[Event], None]
"""Hears every event of a job on the worker's thread, pixels included; must return quickly."""


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. QUEUED: not at all, it goes on after a restart."""

    state: JobState
    error: Failure | None = None
    interrupted: bool = False


class JobRun:
    """A job while the worker has it."""

    def __init__(self, job: Job, store: JobStore, listener: Listener | None) -> None:
        self.job = job
        self.cancellation = Cancellation()
        self.preview = PreviewSlot()
        self._store = store
        self._listener = listener
        self._meter = ProgressMeter()
        self._leaving = False

    def execute(self, runner: Runner, changed: Callable[[str], None]) -> Outcome:
        """Work through the job, calling ``changed`` with its id at every event. Never raises."""
        failure = self._drive(runner, changed)
        if self._leaving:
            return Outcome(JobState.QUEUED)  # after a failure too: it may come from the closing itself
        if failure is not None:
            return Outcome(JobState.FAILED, failure)
        return stopped(self.job) if self.cancellation.no_more_batches else Outcome(JobState.DONE)

    def leave(self) -> None:
        """Stop because the program ends; unless a person stopped the job already, it goes on after a restart."""
        self._leaving = self._leaving or not self.cancellation.no_more_batches
        self.cancellation.interrupt()

    def abandon(self) -> Outcome:
        """Write nothing more, although the runner goes on; return how the job stands."""
        outcome = Outcome(JobState.QUEUED) if self._leaving else stopped(self.job)
        self._leaving = True
        return outcome

    def view(self, queue_length: int) -> JobView:
        progress = self._meter.progress
        return JobView(
            self.job, progress.stage, progress.fraction, progress.step, progress.steps, progress.batch,
            progress.batches, self._meter.eta_s(), queue_length=queue_length,
            preview_version=self.preview.version, interrupting=self.cancellation.interrupted,
            skipping=self.cancellation.skipped,
            stopping_after_batch=self.cancellation.no_more_batches and not self.cancellation.interrupted)

    def _drive(self, runner: Runner, changed: Callable[[str], None]) -> Failure | None:
        def emit(event: Event) -> None:
            self._take(event)
            changed(self.job.id)

        try:
            runner(self.job, self.cancellation, emit)
        except WebUIError as error:
            logger.warning("Job %s failed: %s", self.job.id, error)
            return Failure.from_error(error)
        except (Exception, SystemExit) as error:
            return self._report(error)
        return None

    def _take(self, event: Event) -> None:
        if isinstance(event, Progress):
            self._meter.update(event)
        elif isinstance(event, Preview):
            self.preview.put(event.image)
        elif self._leaving and not (isinstance(event, ImageFinished) and event.whole and event.kind != "grid"):
            return  # a picture may be half sampled, or a grid of half a job; the next start makes it whole
        elif isinstance(event, ImageFinished):
            self.job = self._store.add_picture(self.job, PictureRecord.from_event(event))
        elif isinstance(event, Comment):
            self.job = self._store.add_comment(self.job, event.text)
        if self._listener is not None:
            self._listener(event)

    def _report(self, error: BaseException) -> Failure:
        incident = secrets.token_hex(3)
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        # As text: a log record that kept the traceback would keep the model's tensors alive.
        logger.error("Job %s failed with an unexpected error, number %s.\n%s", self.job.id, incident, text)
        return Failure(f"Something went wrong inside the program (error {incident}).",
                       f"The log tells more under the number {incident}; please report it.", type(error).__name__)


def stopped(job: Job) -> Outcome:
    """How a job ends that a person stopped."""
    return Outcome(JobState.DONE if job.pictures else JobState.CANCELLED, interrupted=True)
