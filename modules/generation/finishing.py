"""From latents to finished pictures: decoded, repaired, recoloured, laid over the original."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PIL import Image
from torch import Tensor

from modules.generation.finishing_plan import FinishingPlan
from modules.generation.model_in_use import ModelInUse
from modules.generation.pixels import to_image
from modules.generation.prepared_picture import PreparedPicture
from modules.generation.workbench import Workbench
from modules.imaging.color_correction import correct_colors
from modules.imaging.compositing import keep_unmasked, lay_over, mask_composite

BEFORE_HIRES, BEFORE_FACES, BEFORE_COLORS = "before highres fix", "before face restoration", "before color correction"
MASK, MASKED_PART = "mask", "mask composite"


@dataclass(frozen=True)
class FinishedPicture:
    """A picture, and those that may be shown or saved beside it, by kind."""

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
    lay_over: bool

    def finish(self, latents: Tensor, model: ModelInUse, prepared: PreparedPicture | None = None,
               soft_overlay: Image.Image | None = None) -> FinishedPicture:
        """Finish one picture. ``soft_overlay`` says where the original gives way, in place of the mask.

        Shapes: ``latents`` [1, C, h, w]. Raises: InvalidPictureError, ModelFileError.
        """
        image = to_image(model.model.decode(latents)[0])
        beside: list[tuple[str, Image.Image]] = []
        if self.plan.face_restorer:
            if self.plan.save_before_faces:
                beside.append((BEFORE_FACES, image))
            image = self.bench.faces.restore(image, self.plan.face_restorer,
                                             codeformer_weight=self.plan.codeformer_weight)
        if prepared is None:
            return FinishedPicture(image, tuple(beside))
        if prepared.colors is not None:
            if self.plan.save_before_colors:
                beside.append((BEFORE_COLORS, self._compose(image, prepared, soft_overlay)))
            image = correct_colors(image, prepared.colors)
        return FinishedPicture(self._compose(image, prepared, soft_overlay),
                               (*beside, *self._masks(image, prepared, soft_overlay)))

    def _compose(self, image: Image.Image, prepared: PreparedPicture, soft_overlay: Image.Image | None
                 ) -> Image.Image:
        mask = prepared.mask
        if mask is None or not self.lay_over:
            return image
        kept = mask.kept if soft_overlay is None else keep_unmasked(mask.original, soft_overlay)
        return lay_over(image, kept, mask.box)

    def _masks(self, image: Image.Image, prepared: PreparedPicture, soft_overlay: Image.Image | None
               ) -> list[tuple[str, Image.Image]]:
        mask, plan, result = prepared.mask, self.plan, []
        if mask is None:
            return []
        overlay = mask.overlay if soft_overlay is None else soft_overlay
        if plan.show_mask or plan.save_mask:
            result.append((MASK, overlay.convert("RGB")))
        if plan.show_masked_part or plan.save_masked_part:
            result.append((MASKED_PART, mask_composite(image, overlay, mask.box)))
        return result
