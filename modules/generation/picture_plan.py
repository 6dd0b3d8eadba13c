"""Pictures from pictures: what a picture starts from, and which part of it is made new."""

from __future__ import annotations

from dataclasses import dataclass

from modules.foundation.errors import InvalidRequestError
from modules.foundation.size import LATENT_SCALE, Size
from modules.generation.request import GenerationRequest, Outpainting, SoftInpainting
from modules.generation.surroundings import Models
from modules.imaging.outpainting import plan_canvas
from modules.imaging.resizing import ResizeMode
from modules.settings.values import Settings

DEFAULT_DENOISING = 0.75
FILL, ORIGINAL, LATENT_NOISE, LATENT_NOTHING = range(4)
FILL_NAMES = {FILL: "fill", LATENT_NOISE: "latent noise", LATENT_NOTHING: "latent nothing"}


@dataclass(frozen=True)
class MaskPlan:
    """The area to be made new. Pictures are ids in the picture store."""

    picture: str
    latent_picture: str | None
    """Takes the place of ``picture`` where latents are blended."""
    inverted: bool
    blur_x: int
    blur_y: int
    rounded: bool
    content: int
    """What the area begins with: ``FILL`` … ``LATENT_NOTHING``."""
    only_masked: bool
    padding_px: int
    lay_over: bool
    """Put the original over the result where nothing is masked."""
    soft: SoftInpainting | None


@dataclass(frozen=True)
class PicturePlan:
    """What the pictures of a job are made from."""

    images: tuple[str, ...]
    resize_mode: ResizeMode
    upscaler: str
    """Enlarges the picture before it is resized; ``None`` where nothing does."""
    background: str
    denoising_strength: float
    noise_multiplier: float
    conditioning_mask_weight: float
    match_colors: bool
    mask: MaskPlan | None
    outpainting: Outpainting | None
    extended: Size | None
    """The size with what outpainting adds."""

    def image_of(self, index: int) -> str:
        """Return the picture that the image of this number starts from."""
        return self.images[index % len(self.images)]


def plan_picture(request: GenerationRequest, settings: Settings, models: Models) -> PicturePlan | None:
    """Read off a request what its pictures start from; None for txt2img. Raises: InvalidRequestError."""
    if not request.is_img2img:
        return None
    options = settings.img2img
    weight = request.inpainting_mask_weight
    multiplier = request.initial_noise_multiplier
    return PicturePlan(
        request.init_images, ResizeMode(request.resize_mode), settings.upscaling.upscaler_for_img2img,
        options.img2img_background_color,
        denoising_strength=DEFAULT_DENOISING if request.denoising_strength is None else request.denoising_strength,
        noise_multiplier=options.initial_noise_multiplier if multiplier is None else multiplier,
        conditioning_mask_weight=options.inpainting_mask_weight if weight is None else weight,
        match_colors=options.img2img_color_correction, mask=_plan_mask(request, settings),
        outpainting=request.outpainting,
        extended=canvas_size(models.picture_size(request.init_images[0]), request.outpainting)
        if request.outpainting else None)


def fit_batch(request: GenerationRequest) -> int:
    """Return how many pictures are made at a time: as many as there are to start from, or all from the same one.

    Raises: InvalidRequestError where there are more than fit a batch.
    """
    count = len(request.init_images)
    if count > max(request.batch_size, 1):
        raise InvalidRequestError(
            "init_images", f"{count} pictures were given to start from, but the batch size is {request.batch_size}.",
            remedy="Raise the batch size, or give fewer pictures.")
    return count if count > 1 else request.batch_size


def canvas_size(picture: Size, asked: Outpainting) -> Size:
    """Return how large a picture becomes when it is extended."""
    return plan_canvas(picture, asked.left, asked.right, asked.up, asked.down, LATENT_SCALE).size


def pictures_of(request: GenerationRequest) -> list[tuple[str, str]]:
    """Return the pictures that a request names, each after the name of its field."""
    single = [(name, getattr(request, name)) for name in ("mask", "latent_mask", "firstpass_image")]
    return [*(("init_images", picture) for picture in request.init_images),
            *((name, picture) for name, picture in single if picture is not None)]


def _plan_mask(request: GenerationRequest, settings: Settings) -> MaskPlan | None:
    if request.mask is None:
        return None
    return MaskPlan(
        request.mask, request.latent_mask, request.inpainting_mask_invert, request.mask_blur_x, request.mask_blur_y,
        rounded=request.mask_round and request.soft_inpainting is None, content=request.inpainting_fill,
        only_masked=request.inpaint_full_res, padding_px=request.inpaint_full_res_padding,
        lay_over=settings.img2img.overlay_inpaint, soft=request.soft_inpainting)
