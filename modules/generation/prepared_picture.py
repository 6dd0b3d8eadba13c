"""A picture made ready to start from: fitted, masked, filled. Works on pictures alone."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from modules.foundation.box import Box
from modules.foundation.size import Size
from modules.generation.picture_plan import ORIGINAL, MaskPlan, PicturePlan
from modules.imaging.background import flatten
from modules.imaging.color_correction import ColorTarget, color_target
from modules.imaging.compositing import keep_unmasked
from modules.imaging.cropping import expand_box, masked_box
from modules.imaging.filling import fill_masked
from modules.imaging.masks import binary_mask, blur_mask, fit_mask, invert_mask, widen_mask
from modules.imaging.resizing import Enlarge, ResizeMode, resize_image

BLANK_MASK = 'Unable to perform "Inpaint Only mask" because mask is blank, switch to img2img mode.'


@dataclass(frozen=True)
class MaskPictures:
    """A mask in the forms that are needed of it, and what is laid over the result."""

    worked: Image.Image
    """Grey, of the size that is worked on; white is made new."""
    latent: Image.Image
    """What is blended by, in place of ``worked``; of any size."""
    overlay: Image.Image
    """Grey; where the original gives way."""
    original: Image.Image
    """The original, RGB; as it came where ``box`` is given, else of the size that is worked on."""
    kept: Image.Image
    """The original where it stays, RGBA."""
    box: Box | None
    """The part of the original that is worked on; None for all of it."""


@dataclass(frozen=True)
class PreparedPicture:
    """What sampling starts from."""

    image: Image.Image
    """RGB; of the size that is worked on, unless its latents are to be resized."""
    mask: MaskPictures | None
    colors: ColorTarget | None


@dataclass(frozen=True)
class Preparation:
    """How pictures are prepared. ``enlarge`` is the upscaler of choice, where there is one."""

    plan: PicturePlan
    size: Size
    enlarge: Enlarge | None = None

    def prepare(self, image: Image.Image, mask: Image.Image | None, latent_mask: Image.Image | None = None
                ) -> tuple[PreparedPicture, tuple[str, ...]]:
        """Return the prepared picture and what is to be said about it."""
        image = flatten(image, self.plan.background)
        if mask is None or self.plan.mask is None:
            return self._finish(self._fit(image), None), ()
        original = Size(*image.size)
        comments = [] if mask.size == image.size else [
            f"The mask is {Size(*mask.size)} and was stretched to the picture's {original}."]
        grey = _soften(binary_mask(mask, rounded=self.plan.mask.rounded), self.plan.mask)
        if not self.plan.mask.only_masked:
            return self._whole(image, grey, latent_mask), tuple(comments)
        grey = fit_mask(grey, original, ResizeMode.STRETCH)
        box = masked_box(grey, self.plan.mask.padding_px)
        if box is None:
            return self._finish(self._fit(image), None), (*comments, BLANK_MASK)
        return self._part(image, grey, expand_box(box, self.size, original), latent_mask), tuple(comments)

    def _whole(self, image: Image.Image, mask: Image.Image, latent_mask: Image.Image | None) -> PreparedPicture:
        mode = ResizeMode.STRETCH if self.plan.resize_mode is ResizeMode.LATENT else self.plan.resize_mode
        worked = resize_image(mask, self.size, mode)
        overlay = widen_mask(worked)
        fitted = resize_image(image, self.size, mode, self.enlarge)
        pictures = MaskPictures(worked, latent_mask or worked, overlay, fitted, keep_unmasked(fitted, overlay), None)
        return self._finish(fitted, pictures)

    def _part(self, image: Image.Image, mask: Image.Image, box: Box, latent_mask: Image.Image | None
              ) -> PreparedPicture:
        worked = resize_image(mask.crop(box.as_tuple()), self.size, ResizeMode.FILL)
        pictures = MaskPictures(worked, latent_mask or worked, mask, image, keep_unmasked(image, mask), box)
        part = resize_image(image.crop(box.as_tuple()), self.size, ResizeMode.FILL, self.enlarge)
        return self._finish(part, pictures)

    def _fit(self, image: Image.Image) -> Image.Image:
        if self.plan.resize_mode is ResizeMode.LATENT:
            return image
        return resize_image(image, self.size, self.plan.resize_mode, self.enlarge)

    def _finish(self, image: Image.Image, mask: MaskPictures | None) -> PreparedPicture:
        if mask is not None and self.plan.mask is not None and self.plan.mask.content != ORIGINAL:
            image = fill_masked(image, resize_image(mask.latent.convert("L"), Size(*image.size), ResizeMode.STRETCH))
        return PreparedPicture(image, mask, color_target(image) if self.plan.match_colors else None)


def _soften(mask: Image.Image, plan: MaskPlan) -> Image.Image:
    return blur_mask(invert_mask(mask) if plan.inverted else mask, plan.blur_x, plan.blur_y)
