"""Gathers what a run emits: passes on what people shall see at once, and keeps the pictures for ``Processed``."""

from __future__ import annotations

from typing import Any

from PIL import Image

from modules.compat.current import RunningJob
from modules.compat.draft import StableDiffusionProcessing
from modules.compat.processed import Processed
from modules.generation.events import Event, ImageFinished, Preview, Progress
from modules.generation.plan import GenerationPlan
from modules.imaging.reading import open_image

GRID, UNLISTED = "grid", "unlisted"


class Gathering:
    """The pictures of one run.

    The run that a job is for passes on what it emits (``live``). Where a script makes the pictures of the job, and for
    runs within a run, what is finished is only shown as a preview: whoever asked decides what the job's pictures are.
    """

    def __init__(self, p: StableDiffusionProcessing, made: GenerationPlan, job: RunningJob, *, live: bool) -> None:
        self._live = live
        self._p = p
        self._made = made
        self._job = job
        self._units = made.request.batch_count * (2 if made.hires is not None else 1)
        self._jobs_before = job.job_no
        self._pictures: list[ImageFinished] = []
        if job.job_count < 0:
            job.job_count = self._units

    def take(self, event: Event) -> None:
        """Hear an event of the run."""
        if isinstance(event, Progress):
            self._tell(event)
            return
        if isinstance(event, ImageFinished):
            self._pictures.append(event)
            self._keep(event)
            if not self._live:
                if event.image is not None and event.kind == "image":
                    self._job.show(event.image)
                return
            self._job.emitted[id(event.image)] = event.image
        if isinstance(event, Preview):
            self._job.current_image = event.image
        self._job.context.emit(event)

    def _tell(self, progress: Progress) -> None:
        job = self._job
        job.job_no = self._jobs_before + min(int(progress.fraction * self._units), self._units)
        job.sampling_step, job.sampling_steps = progress.step, progress.steps
        if self._live:
            job.context.emit(progress)
        elif job.scripted:
            job.tell(progress, self._jobs_before, self._units)

    def end(self) -> None:
        """Count the run's jobs as done."""
        self._job.job_no = self._jobs_before + self._units

    def processed(self) -> Processed:
        """Return the result: the grid first, then pictures with what belongs to each."""
        shown = [event for event in self._pictures if event.kind != UNLISTED]
        grids = [event for event in shown if event.kind == GRID]
        own = sorted((event for event in shown if event.kind != GRID), key=lambda event: event.index)
        ordered = [*grids, *self._earlier(), *own]
        p = self._p
        return Processed(
            p, [_image(event) for event in ordered], seed=(p.all_seeds or [-1])[0], info=_info(ordered),
            subseed=(p.all_subseeds or [-1])[0], index_of_first_image=len(grids),
            infotexts=[event.infotext for event in ordered])

    def _earlier(self) -> list[ImageFinished]:
        """Return the pictures that an earlier attempt at the job has finished."""
        if not self._live:
            return []
        earlier = [ImageFinished(index, "", 0, path, open_image(path))
                   for index, path in sorted(self._job.context.finished.items()) if path.is_file()]
        self._job.emitted.update({id(event.image): event.image for event in earlier})
        return earlier

    def _keep(self, event: ImageFinished) -> None:
        if event.image is None:
            return
        event.image.info["parameters"] = event.infotext
        if event.path is not None and self._made.outputs.save_pictures:
            event.image.already_saved_as = str(event.path)  # type: ignore[attr-defined]


def _image(event: ImageFinished) -> Any:
    image = event.image
    assert isinstance(image, Image.Image)  # the pipeline hands its pictures over
    return image


def _info(events: list[ImageFinished]) -> str:
    return events[0].infotext if events else ""
