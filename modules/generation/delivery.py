"""Finished pictures: named, described, written to the disk, announced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PIL import Image

from modules.artefacts.encoding import EmbeddedText
from modules.artefacts.naming import Destination
from modules.artefacts.saving import save_image
from modules.foundation.errors import InvalidRequestError
from modules.generation.events import Comment, Emit, ImageFinished
from modules.generation.plan import GenerationPlan, PlannedImage
from modules.generation.record import RunFacts, describe, name_facts
from modules.imaging.grids import choose_layout, image_grid

UNSAVED_FOLDER = Path("cache", "unsaved")
"""Pictures that are only to be looked at lie here until a later start sweeps them away."""


class Delivery:
    """Hands over the pictures of one run, and their grid at the end."""

    def __init__(self, plan: GenerationPlan, data_folder: Path, job_id: str, emit: Emit) -> None:
        self._plan = plan
        self._data_folder = data_folder
        self._unsaved = Destination(data_folder / UNSAVED_FOLDER / job_id, use_subfolder=False)
        self._emit = emit
        self._made: list[tuple[PlannedImage, Image.Image, RunFacts]] = []

    def deliver(self, planned: PlannedImage, image: Image.Image, facts: RunFacts, *, whole: bool) -> None:
        """Write one picture and announce it. ``whole`` is False for one that was interrupted.

        Raises: OutputError.
        """
        outputs = self._plan.outputs
        keep = outputs.save_pictures and (whole or outputs.save_incomplete)
        infotext = describe(self._plan, planned, facts)
        path = self._write(image, infotext, self._place(outputs.pictures) if keep else self._unsaved, planned, facts)
        if whole:
            self._made.append((planned, image, facts))
        self._emit(ImageFinished(planned.index, infotext, planned.seed, path, image))

    def deliver_grid(self) -> None:
        """Put the pictures of this run on one sheet, if that is wanted. Raises: OutputError."""
        grid, outputs = self._plan.outputs.grid, self._plan.outputs
        if not grid.wanted(len(self._made)):
            return
        planned, _, facts = self._made[0]
        layout = choose_layout(len(self._made), grid.rows, batch_size=self._plan.request.batch_size,
                               prevent_empty=grid.prevent_empty_spots)
        try:
            sheet = image_grid([image for _, image, _ in self._made], layout, grid.background)
        except InvalidRequestError as error:
            self._emit(Comment(f"No grid was made. {error}"))
            return
        infotext = describe(self._plan, planned, facts)
        path = self._write(sheet, infotext, self._place(outputs.grids) if grid.saved else self._unsaved, planned, facts)
        if grid.shown:
            self._emit(ImageFinished(len(self._plan.images), infotext, planned.seed, path, sheet, "grid"))

    def _place(self, destination: Destination) -> Destination:
        return replace(destination, folder=self._data_folder / destination.folder)

    def _write(self, image: Image.Image, infotext: str, destination: Destination, planned: PlannedImage,
               facts: RunFacts) -> Path:
        saved = save_image(image, EmbeddedText(infotext), destination, self._plan.outputs.options,
                           name_facts(self._plan, planned, facts))
        if saved.note:
            self._emit(Comment(saved.note))
        return saved.path
