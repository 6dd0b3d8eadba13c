"""Finished pictures: named, described, written to the disk, announced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from PIL import Image

from modules.artefacts.encoding import EmbeddedText
from modules.artefacts.naming import Destination
from modules.artefacts.saving import save_image
from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.generation.events import Comment, Emit, ImageFinished
from modules.generation.plan import GenerationPlan, PlannedImage
from modules.generation.record import RunFacts, describe, name_facts
from modules.imaging.grids import choose_layout, image_grid
from modules.imaging.reading import open_image

UNSAVED_FOLDER = Path("cache", "unsaved")
"""Pictures that are only to be looked at lie here until a later start sweeps them away."""


class Delivery:
    """Hands over the pictures of one run, and their grid at the end."""

    def __init__(self, plan: GenerationPlan, data_folder: Path, job_id: str, emit: Emit) -> None:
        self._plan = plan
        self._data_folder = data_folder
        self._unsaved = Destination(data_folder / UNSAVED_FOLDER / job_id, use_subfolder=False)
        self._emit = emit
        self._made: dict[int, Image.Image] = {}
        self._facts: RunFacts | None = None

    def deliver(self, planned: PlannedImage, image: Image.Image, facts: RunFacts, *, whole: bool) -> None:
        """Write one picture and announce it. ``whole`` is False for one that was interrupted.

        Raises: OutputError.
        """
        outputs = self._plan.outputs
        keep = outputs.save_pictures and (whole or outputs.save_incomplete)
        infotext = describe(self._plan, planned, facts)
        path = self._write(image, infotext, self._place(outputs.pictures) if keep else self._unsaved, planned, facts)
        if whole:
            self._made[planned.index], self._facts = image, facts
        self._emit(ImageFinished(planned.index, infotext, planned.seed, path, image))

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
            sheet = image_grid([pictures[index] for index in sorted(pictures)], layout, grid.background)
        except (InvalidRequestError, NotFoundError) as error:
            self._emit(Comment(f"No grid was made. {error}"))
            return
        first = self._plan.images[0]
        infotext = describe(self._plan, first, self._facts)
        place = self._place(outputs.grids) if grid.saved else self._unsaved
        path = self._write(sheet, infotext, place, first, self._facts)
        if grid.shown:
            self._emit(ImageFinished(len(self._plan.images), infotext, first.seed, path, sheet, "grid"))

    def _place(self, destination: Destination) -> Destination:
        return replace(destination, folder=self._data_folder / destination.folder)

    def _write(self, image: Image.Image, infotext: str, destination: Destination, planned: PlannedImage,
               facts: RunFacts) -> Path:
        saved = save_image(image, EmbeddedText(infotext), destination, self._plan.outputs.options,
                           name_facts(self._plan, planned, facts))
        if saved.note:
            self._emit(Comment(saved.note))
        return saved.path
