"""Finished pictures: named, described, written to the disk, announced.

Files are encoded and written on a thread of their own while the next picture is made; a picture is announced
once its file is there, on the thread that makes pictures.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType

from PIL import Image

from modules.artefacts.encoding import EmbeddedText
from modules.artefacts.naming import Destination
from modules.artefacts.saving import SavedArtefact, save_image
from modules.foundation.errors import InvalidRequestError, NotFoundError, OutputError
from modules.generation.events import Comment, ImageFinished
from modules.generation.finishing import MASK, MASKED_PART, FinishedPicture
from modules.generation.plan import GenerationPlan
from modules.generation.prompt_plan import PlannedImage
from modules.generation.record import RunFacts, describe, name_facts
from modules.generation.run_context import UNSAVED_FOLDER, RunContext
from modules.imaging.grids import choose_layout, image_grid
from modules.imaging.reading import open_image

MOST_WAITING = 4
"""Pictures that may wait for the disk before the next one waits too."""


@dataclass(frozen=True)
class _Waiting:
    """A file on its way, and what is told once it is there."""

    file: Future[SavedArtefact]
    planned: PlannedImage
    image: Image.Image
    event: ImageFinished | None
    kept: bool


class Delivery:
    """Hands over the pictures of one run, and their grid at the end; leaving it waits for the disk."""

    def __init__(self, plan: GenerationPlan, data_folder: Path, context: RunContext) -> None:
        self._plan = plan
        self._data_folder = data_folder
        self._unsaved = Destination(data_folder / UNSAVED_FOLDER / context.job_id, use_subfolder=False)
        self._emit = context.emit
        self._hooks = context.hooks
        self._made: dict[int, Image.Image] = {}
        self._facts: RunFacts | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="saving")
        self._waiting: deque[_Waiting] = deque()

    def __enter__(self) -> Delivery:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
                 ) -> None:
        try:
            if error is None or isinstance(error, Exception):
                self.announce(wait=True)
        finally:
            self._writer.shutdown()

    def deliver(self, finished: FinishedPicture, facts: RunFacts, *, whole: bool) -> None:
        """Write one picture, and what is kept beside it. ``whole`` is False for one that was interrupted.

        Raises: OutputError, also of a picture delivered before.
        """
        planned, outputs = finished.planned, self._plan.outputs
        keep = outputs.save_pictures and (whole or outputs.save_incomplete)
        place = self._place(outputs.pictures) if keep else self._unsaved
        for kind, image in finished.beside:
            if kind not in (MASK, MASKED_PART):
                self._write(image, planned, facts, self._beside(kind))
        self._write(finished.image, planned, facts, place, "image", whole=whole)
        self._deliver_masks(finished, facts)
        if whole:
            self._facts = facts
            if self._plan.outputs.grid.shown or self._plan.outputs.grid.saved:
                self._made[planned.index] = finished.image
        self.announce(most=MOST_WAITING)

    def deliver_grid(self, earlier: Mapping[int, Path]) -> None:
        """Put all pictures of the job on one sheet, if that is wanted; ``earlier`` are those of an attempt before.

        Raises: OutputError.
        """
        grid, outputs = self._plan.outputs.grid, self._plan.outputs
        if self._facts is None or not grid.wanted(len(self._made) + len(earlier)):
            return
        try:
            pictures = {**{index: open_image(path) for index, path in earlier.items()}, **self._made}
            layout = choose_layout(len(pictures), grid.rows, batch_size=self._plan.request.batch_size,
                                   prevent_empty=grid.prevent_empty_spots)
            shown = self._hooks.grid([pictures[index] for index in sorted(pictures)], layout.columns, layout.rows)
            sheet = image_grid(shown, layout, grid.background)
        except (InvalidRequestError, NotFoundError) as error:
            self._emit(Comment(f"No grid was made. {error}"))
            return
        place = self._place(outputs.grids) if grid.saved else self._unsaved
        self._write(sheet, self._plan.images[0], self._facts, place, "grid" if grid.shown else None)

    def announce(self, *, wait: bool = False, most: int | None = None) -> None:
        """Announce the pictures whose files are there. ``wait`` for all of them, or until ``most`` are left.

        Raises: OutputError of the first that could not be written, after the others.
        """
        failure: OutputError | None = None
        while self._waiting:
            waiting = self._waiting[0]
            if not (wait or waiting.file.done() or (most is not None and len(self._waiting) > most)):
                break
            self._waiting.popleft()
            try:
                saved = waiting.file.result()
            except OutputError as error:
                failure = failure or error
                continue
            if saved.note:
                self._emit(Comment(saved.note))
            if waiting.kept:
                self._hooks.saved(saved, waiting.image, waiting.planned)
            if waiting.event is not None:
                self._emit(replace(waiting.event, path=saved.path))
        if failure is not None:
            raise failure

    def _deliver_masks(self, finished: FinishedPicture, facts: RunFacts) -> None:
        plan = self._plan.finishing
        shown = {MASK: plan.show_mask, MASKED_PART: plan.show_masked_part}
        saved = {MASK: plan.save_mask, MASKED_PART: plan.save_masked_part}
        for kind, image in finished.beside:
            if kind in shown:
                place = self._beside(kind) if saved[kind] else self._unsaved
                self._write(image, finished.planned, facts, place, kind if shown[kind] else None)

    def _write(self, image: Image.Image, planned: PlannedImage, facts: RunFacts, place: Destination,
               kind: str | None = None, *, whole: bool = True) -> None:
        """Have a picture written; it is announced as ``kind``, None: not at all."""
        record = self._hooks.record(describe(self._plan, planned, facts), planned)
        infotext = self._hooks.describe(record, planned)
        index = len(self._plan.images) if kind == "grid" else planned.index
        event = ImageFinished(index, infotext, planned.seed, None, image, kind, whole) if kind else None
        kept = place is not self._unsaved
        before = (lambda draft: self._hooks.before_saving(draft, planned)) if self._listened_to and kept else None
        save = partial(save_image, image, EmbeddedText(infotext), place, self._plan.outputs.options,
                       name_facts(self._plan, planned, facts), before)
        file = _done(save) if before else self._writer.submit(save)
        self._waiting.append(_Waiting(file, planned, image, event, kept))

    @property
    def _listened_to(self) -> bool:
        """Whether a plugin takes part in saving: it expects to be called on the thread that makes pictures."""
        return self._hooks.wants("before_saving") or self._hooks.wants("saved")

    def _beside(self, kind: str) -> Destination:
        return replace(self._place(self._plan.outputs.pictures), suffix=f"-{kind.replace(' ', '-')}")

    def _place(self, destination: Destination) -> Destination:
        return replace(destination, folder=self._data_folder / destination.folder)


def _done(save: Callable[[], SavedArtefact]) -> Future[SavedArtefact]:
    """Save at once, on this thread."""
    future: Future[SavedArtefact] = Future()
    try:
        future.set_result(save())
    except OutputError as error:
        future.set_exception(error)
    return future
