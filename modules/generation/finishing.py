"""From latents to finished pictures: decoded, repaired, recoloured, laid over the original."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PIL import Image
from torch import Tensor

from modules.generation.finishing_plan import FinishingPlan
from modules.generation.hooks import GenerationHooks, Overlay
from modules.generation.pixels import from_unit
from modules.generation.prepared_picture import PreparedPicture
from modules.generation.prompt_plan import PlannedImage
from modules.generation.workbench import Workbench
from modules.imaging.color_correction import correct_colors
from modules.imaging.compositing import keep_unmasked, lay_over, mask_composite

BEFORE_HIRES, BEFORE_FACES, BEFORE_COLORS = "before highres fix", "before face restoration", "before color correction"
MASK, MASKED_PART = "mask", "mask composite"


@dataclass(frozen=True)
class FinishedPicture:
    """A picture, and those that may be shown or saved beside it, by kind."""

    planned: PlannedImage
    image: Image.Image
    beside: tuple[tuple[str, Image.Image], ...] = ()

    def with_beside(self, kind: str, image: Image.Image) -> FinishedPicture:
        """Return the same with one more picture beside it."""
        return replace(self, beside=(*self.beside, (kind, image)))


@dataclass(frozen=True)
class Finisher:
    """Finishes the pictures of a run. Reference: the order of A1111 v1.10.1 ``process_images_inner``."""

    plan: FinishingPlan
    bench: Workbench
    hooks: GenerationHooks
    lay_over: bool

    def finish(self, unit: Tensor, planned: PlannedImage, prepared: PreparedPicture | None = None,
               soft_overlay: Image.Image | None = None) -> FinishedPicture:
        """Finish one picture. ``soft_overlay`` says where the original gives way, in place of the mask.

        Shapes: ``unit`` [3, H, W]. Range: 0 to 1. Raises: InvalidPictureError, ModelFileError.
        """
        image = from_unit(unit)
        beside: list[tuple[str, Image.Image]] = []
        if self.plan.face_restorer:
            if self.plan.save_before_faces:
                beside.append((BEFORE_FACES, image))
            image = self.bench.faces.restore(image, self.plan.face_restorer,
                                             codeformer_weight=self.plan.codeformer_weight)
        image = self.hooks.image(image, planned)
        if prepared is None:
            return FinishedPicture(planned, self.hooks.composed(image, planned), tuple(beside))
        overlay = self._overlay(prepared, soft_overlay, planned)
        if prepared.colors is not None:
            if self.plan.save_before_colors:
                beside.append((BEFORE_COLORS, self._compose(image, prepared, overlay)))
            image = correct_colors(image, prepared.colors)
        composed = self.hooks.composed(self._compose(image, prepared, overlay), planned)
        return FinishedPicture(planned, composed, (*beside, *self._masks(image, prepared, overlay)))

    def _overlay(self, prepared: PreparedPicture, soft_overlay: Image.Image | None, planned: PlannedImage
                 ) -> Overlay | None:
        mask = prepared.mask
        if mask is None:
            return None
        kept = mask.kept if soft_overlay is None else keep_unmasked(mask.original, soft_overlay)
        overlay = Overlay(mask.overlay if soft_overlay is None else soft_overlay, kept)
        self.hooks.overlay(overlay, planned)
        return overlay

    def _compose(self, image: Image.Image, prepared: PreparedPicture, overlay: Overlay | None) -> Image.Image:
        if overlay is None or prepared.mask is None or not self.lay_over:
            return image
        return lay_over(image, overlay.original, prepared.mask.box)

    def _masks(self, image: Image.Image, prepared: PreparedPicture, overlay: Overlay | None
               ) -> list[tuple[str, Image.Image]]:
        plan, result = self.plan, list[tuple[str, Image.Image]]()
        if overlay is None or prepared.mask is None:
            return result
        if plan.show_mask or plan.save_mask:
            result.append((MASK, overlay.mask.convert("RGB")))
        if plan.show_masked_part or plan.save_masked_part:
            result.append((MASKED_PART, mask_composite(image, overlay.mask, prepared.mask.box)))
        return result
