"""``shared.state``: what the running job does, in A1111's words, and asking it to stop.

While no job runs, extensions use it for work of their own: then it only keeps what they write.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from modules.compat.host import HOST
from modules.foundation.cancellation import Cancellation

log = logging.getLogger(__name__)
Values: TypeAlias = "dict[str, Any]"
_IDLE = {"job": "", "job_no": 0, "job_count": 0, "sampling_step": 0, "sampling_steps": 0, "current_image": None,
         "current_latent": None, "textinfo": None}


def _of_job(name: str) -> Any:
    """A number or picture of the running job, else what was written here."""
    def read(state: State) -> Any:
        job = running_job()
        return state.idle[name] if job is None else getattr(job, name)

    def write(state: State, value: Any) -> None:
        job = running_job()
        if job is None:
            state.idle[name] = value
        else:
            setattr(job, name, value)

    return property(read, write)


def _order(ask: Callable[[Cancellation], None], given: Callable[[Cancellation], bool], name: str) -> Any:
    """A wish to stop. Once a job has one, writing False cannot take it back."""
    def read(state: State) -> bool:
        job = running_job()
        return bool(state.idle.get(name)) if job is None else given(job.context.cancellation)

    def write(state: State, value: bool) -> None:
        job = running_job()
        if job is None:
            state.idle[name] = value
        elif value:
            ask(job.context.cancellation)

    return property(read, write)


class State:
    """Progress and orders. Extensions also keep attributes of their own here."""

    job = _of_job("job")
    job_no = _of_job("job_no")
    job_count = _of_job("job_count")
    sampling_step = _of_job("sampling_step")
    sampling_steps = _of_job("sampling_steps")
    current_latent = _of_job("current_latent")
    current_image = _of_job("current_image")
    textinfo = _of_job("textinfo")
    interrupted = _order(Cancellation.interrupt, lambda wish: wish.interrupted, "interrupted")
    skipped = _order(Cancellation.skip, lambda wish: wish.skipped, "skipped")
    stopping_generation = _order(Cancellation.stop_after_batch, lambda wish: wish.no_more_batches,
                                 "stopping_generation")

    def __init__(self) -> None:
        self.idle: Values = {**_IDLE}
        self.server_start = time.time()
        self.need_restart = False
        self.processing_has_refined_job_count = False
        self.current_image_sampling_step = 0
        self.id_live_preview = 0
        self._stamp: tuple[Callable[[], object], str] = (lambda: None, "0")
        """For which job it was changed, which is not kept alive by that."""

    @property
    def job_id(self) -> str:
        """By which the page and the API know the running job; empty where none runs."""
        job = running_job()
        return "" if job is None else str(job.context.job_id)

    @property
    def time_start(self) -> float | None:
        """When the running job began, or an extension's own work."""
        job = running_job()
        return self.idle.get("time_start") if job is None else job.started_s

    @property
    def job_timestamp(self) -> str:
        """When the running job began: ``20240131235959``. Extensions change it to have new file names."""
        job = running_job()
        if job is None or self._stamp[0]() is job:
            return self._stamp[1]
        return datetime.fromtimestamp(job.started_s).strftime("%Y%m%d%H%M%S")

    @job_timestamp.setter
    def job_timestamp(self, value: str) -> None:
        job = running_job()
        self._stamp = ((lambda: None) if job is None else weakref.ref(job), value)

    @property
    def server_command(self) -> str | None:
        """``restart`` after ``request_restart``."""
        return "restart" if self.need_restart else None

    def begin(self, job: str = "(unknown)") -> None:
        """Begin work of an extension's own; within a running job, only its name changes."""
        if running_job() is not None:
            self.job = job
            return
        self.idle = {**_IDLE, "job": job, "job_count": -1, "time_start": time.time()}
        self._stamp = (lambda: None, datetime.now().strftime("%Y%m%d%H%M%S"))

    def end(self) -> None:
        """End it."""
        if running_job() is None:
            self.idle = {**_IDLE}

    def nextjob(self) -> None:
        """Go on to the next part."""
        self.job_no += 1
        self.sampling_step = self.current_image_sampling_step = 0

    def skip(self) -> None:
        """Ask that the batch being made ends."""
        self.skipped = True

    def interrupt(self) -> None:
        """Ask that the job ends."""
        self.interrupted = True

    def stop_generating(self) -> None:
        """Ask that the job ends after the batch being made."""
        self.stopping_generation = True

    def request_restart(self) -> None:
        """Note that a restart is wanted: the program is restarted where it was started."""
        self.need_restart = True
        log.warning("An extension asks for a restart of the web UI.")

    def wait_for_server_command(self, timeout: float | None = None) -> str | None:
        """Return what was asked for; nobody waits for it here."""
        return self.server_command

    def assign_current_image(self, image: Any) -> None:
        """Show a picture as the job's preview."""
        self.id_live_preview += 1
        job = running_job()
        if job is None:
            self.idle["current_image"] = image
        else:
            job.show(image)

    def set_current_image(self) -> None:
        """Do nothing: previews are made while a pass is sampled."""

    def do_set_current_image(self) -> None:
        """Show ``current_latent``, where an extension has put one."""
        if self.current_latent is not None:
            from modules.compat.latents import sample_to_image

            self.current_image_sampling_step = self.sampling_step
            self.assign_current_image(sample_to_image(self.current_latent))

    def dict(self) -> Values:
        """Return what A1111's API tells of the progress."""
        names = ("skipped", "interrupted", "stopping_generation", "job", "job_count", "job_timestamp", "job_no",
                 "sampling_step", "sampling_steps")
        return {name: getattr(self, name) for name in names}


def running_job() -> Any:
    """Return the job in progress; None where there is none."""
    if not HOST.attached:
        return None
    from modules.compat.current import CURRENT  # brings PyTorch along

    return CURRENT.job
