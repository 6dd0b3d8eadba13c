"""From what was asked for to exactly what will be done: the only place where settings are read.

Reads no files and computes no tensors. What a person asked for is adjusted here or nowhere, and every
adjustment is a comment on the result. Planning a plan's own ``request`` again gives the same plan: that is how
a job goes on after a crash.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from modules.catalog.entry import CheckpointEntry
from modules.foundation.errors import InvalidRequestError
from modules.foundation.size import LATENT_SCALE, Size
from modules.generation.checks import check_area, check_request
from modules.generation.finishing_plan import FinishingPlan, plan_finishing
from modules.generation.hires_plan import (
    DEFAULT_DENOISING,
    SAME_CHECKPOINT,
    HiresPlan,
    choose_upscaler,
    hires_sampling,
    hires_size,
    use_old_sizes,
)
from modules.generation.memory_plan import MemoryPlan, plan_memory
from modules.generation.outputs import Outputs, plan_outputs
from modules.generation.picture_plan import PicturePlan, canvas_size, fit_batch, pictures_of, plan_picture
from modules.generation.previews import PreviewPlan
from modules.generation.prompt_plan import PlannedImage, plan_images
from modules.generation.refiner_plan import RefinerPlan, plan_refiner
from modules.generation.request import GenerationRequest, Outpainting
from modules.generation.sampling_plan import plan_noise, plan_sampling
from modules.generation.seeds import fix_seed
from modules.generation.surroundings import Models, Surroundings, find_checkpoint
from modules.generation.upscaling_plan import plan_tiling
from modules.imaging.upscaling.entry import Tiling
from modules.prompting.encoding import Emphasis, EncodingOptions
from modules.prompting.remarks import Remarks
from modules.prompting.styles import pick_styles
from modules.sampling.noise import NoiseSettings
from modules.sampling.options import SamplingOptions
from modules.sampling.registry import REGISTRY
from modules.settings.values import Settings

DEFAULT_STEPS = 20
DEFAULT_CFG_SCALE = 7


@dataclass(frozen=True)
class ToldNumbers:
    """What models of SDXL's kind are told besides texts and size."""

    crop_top: int
    crop_left: int
    low_aesthetic_score: float
    high_aesthetic_score: float


@dataclass(frozen=True)
class TextPlan:
    """How prompts become conditioning."""

    encoding: EncodingOptions
    old_timelines: bool
    told: ToldNumbers
    use_networks: bool
    """Whether network tags act; without, they are only taken out of the prompt."""
    functional_lora: bool
    """Compute LoRA beside the model's layers instead of in their weights."""

    @property
    def clip_skip(self) -> int:
        return self.encoding.clip_skip


@dataclass(frozen=True)
class InfotextPlan:
    """What an infotext tells besides the parameters."""

    model_name: bool
    model_hash: bool
    vae_name: bool
    vae_hash: bool
    lora_hashes: bool
    version: bool


@dataclass(frozen=True)
class GenerationPlan:
    """Exactly what will be made. Nothing is optional, nothing is left to chance."""

    request: GenerationRequest
    """The request with every choice made."""
    checkpoint: CheckpointEntry
    vae: Path | None
    """A VAE that takes the place of the checkpoint's own."""
    images: tuple[PlannedImage, ...]
    size: Size
    """The size asked for; as in A1111, the picture's sides are rounded down to multiples of 8."""
    sampling: SamplingOptions
    noise: NoiseSettings
    picture: PicturePlan | None
    """What the pictures start from; None where they start from noise."""
    hires: HiresPlan | None
    refiner: RefinerPlan | None
    tiling: bool
    whole_up_to_px: float
    """Larger pictures pass through the VAE in tiles."""
    upscaling: Tiling
    text: TextPlan
    finishing: FinishingPlan
    outputs: Outputs
    previews: PreviewPlan
    infotext: InfotextPlan
    memory: MemoryPlan
    style_prompts: tuple[str, ...]
    comments: tuple[str, ...]

    @property
    def told_size(self) -> Size:
        """The size that pictures are said to have."""
        return self.size if self.picture is None or self.picture.extended is None else self.picture.extended

    @property
    def made_size(self) -> Size:
        """The size that is really made."""
        return _made(self.size)

    def batches(self) -> Iterator[tuple[PlannedImage, ...]]:
        """Yield the pictures that are made at the same time."""
        step = self.request.batch_size
        for start in range(0, len(self.images), step):
            yield self.images[start:start + step]


def plan(request: GenerationRequest, around: Surroundings) -> GenerationPlan:
    """Decide everything. Raises: InvalidRequestError, NotFoundError."""
    check_request(request)
    comments: list[str] = []
    settings = _overlay(request, around.settings, comments)
    models = around.models
    checkpoint = models.choose(request.checkpoint or settings.model.sd_model_checkpoint)
    vae = models.choose_vae(checkpoint, settings.vae)
    if vae.missing:
        comments.append(f"There is no VAE {vae.missing[:60]!r}; the checkpoint's own was used.")
    request = _fill_in(request, checkpoint, around, settings, comments)
    assert request.width and request.height  # filled in above
    styles = pick_styles(request.styles, around.styles)
    comments += [f"There is no style {style.name[:60]!r}." for style in styles if style.name not in around.styles]
    remarks = Remarks()
    images = plan_images(request, styles, around, settings, remarks)
    sampling = plan_sampling(request, settings)
    hires = _plan_hires(request, sampling, models, settings, comments)
    return GenerationPlan(
        request, checkpoint, vae.path, images, Size(request.width, request.height), sampling,
        plan_noise(request, settings), plan_picture(request, settings, models), hires,
        plan_refiner(request, models, settings, comments),
        tiling=settings.model.tiling if request.tiling is None else request.tiling,
        whole_up_to_px=settings.vae.vae_whole_up_to_mp * 2**20,
        upscaling=plan_tiling(settings.upscaling),
        text=_plan_text(request, settings), finishing=plan_finishing(request, settings, models, comments),
        outputs=plan_outputs(settings, request.save_images, pictures=request.is_img2img),
        previews=_plan_previews(settings), infotext=_plan_infotext(settings), memory=plan_memory(settings),
        style_prompts=tuple(style.prompt for style in styles), comments=(*comments, *remarks))


def _overlay(request: GenerationRequest, settings: Settings, comments: list[str]) -> Settings:
    """Put the request's own settings over those in force; what is unknown or wrong is left out and said."""
    for key, value in request.override_settings.items():
        try:
            settings = settings.with_values({key: value})
        except InvalidRequestError as error:
            comments.append(f"Override settings: {error.message}")
    return settings


def _fill_in(request: GenerationRequest, checkpoint: CheckpointEntry, around: Surroundings, settings: Settings,
             comments: list[str]) -> GenerationRequest:
    """Make every choice that was left open."""
    request = replace(request, batch_size=fit_batch(request))
    for field, picture in pictures_of(request):
        around.models.require_picture(picture, field)
    width, height = _choose_size(request, checkpoint, around.models)
    check_area(width, height)
    if request.outpainting is not None:
        extended = canvas_size(around.models.picture_size(request.init_images[0]), request.outpainting)
        check_area(extended.width, extended.height)
        comments += _rounding(extended, around.models.picture_size(request.init_images[0]), request.outpainting)
    request = replace(request, width=width, height=height, resize_by=None)
    if settings.hires.use_old_hires_fix_width_height:
        request = use_old_sizes(request)
    assert request.width and request.height
    asked = Size(request.width, request.height)
    if _made(asked) != asked:
        comments.append(f"The picture is {_made(asked)}, not {asked}: sides are multiples of {LATENT_SCALE}.")
    sampler, scheduler = _resolve_sampler(request, comments)
    return replace(
        request, checkpoint=checkpoint.name, sampler_name=sampler, scheduler=scheduler,
        steps=DEFAULT_STEPS if request.steps is None else request.steps,
        cfg_scale=DEFAULT_CFG_SCALE if request.cfg_scale is None else request.cfg_scale,
        seed=fix_seed(request.seed), subseed=fix_seed(request.subseed))


def _rounding(made: Size, picture: Size, asked: Outpainting) -> list[str]:
    wanted = Size(picture.width + asked.left + asked.right, picture.height + asked.up + asked.down)
    if made == wanted:
        return []
    return [f"The picture is {made}, not {wanted}: sides that grow end at multiples of {LATENT_SCALE}."]


def _choose_size(request: GenerationRequest, checkpoint: CheckpointEntry, models: Models) -> tuple[int, int]:
    """Return the size asked for, or the size of the picture to start from, or the model's own."""
    own_size = request.resize_by is not None or not (request.width and request.height)
    if request.is_img2img and own_size and request.outpainting is None:
        picture = models.picture_size(request.init_images[0])
        scale = request.resize_by or 1.0
        own = max(int(picture.width * scale), LATENT_SCALE), max(int(picture.height * scale), LATENT_SCALE)
        return own if request.resize_by is not None else (request.width or own[0], request.height or own[1])
    if request.width and request.height:
        return request.width, request.height  # looking into the file of the checkpoint takes its time
    native = models.native_size(checkpoint)
    return request.width or native.width, request.height or native.height


def _made(asked: Size) -> Size:
    return Size(asked.width // LATENT_SCALE * LATENT_SCALE, asked.height // LATENT_SCALE * LATENT_SCALE)


def _resolve_sampler(request: GenerationRequest, comments: list[str]) -> tuple[str, str]:
    sampler, scheduler = REGISTRY.current.resolve(request.sampler_name, request.scheduler)
    asked = request.sampler_name
    if asked and not asked.startswith(sampler):
        comments.append(f"There is no sampler {asked[:60]!r}; {sampler} was used.")
    schedules = {name for spec in REGISTRY.current.schedulers for name in (spec.name, spec.label, *spec.aliases)}
    if request.scheduler and request.scheduler not in schedules:
        comments.append(f"There is no schedule type {request.scheduler[:60]!r}; {scheduler} was used.")
    return sampler, scheduler


def _plan_hires(request: GenerationRequest, sampling: SamplingOptions, models: Models, settings: Settings,
                comments: list[str]) -> HiresPlan | None:
    if not request.enable_hr or request.is_img2img:
        return None
    assert request.width and request.height
    size = hires_size(_made(Size(request.width, request.height)), request.hr_scale, request.hr_resize_x,
                      request.hr_resize_y)
    check_area(size.enlarged.width, size.enlarged.height)
    name = request.hr_checkpoint_name
    other = name if name not in (None, "", SAME_CHECKPOINT) else None
    checkpoint = find_checkpoint(models, other, comments, "hires fix") if other else None
    return HiresPlan(
        size, choose_upscaler(request.hr_upscaler, models.upscaler_names()),
        DEFAULT_DENOISING if request.denoising_strength is None else request.denoising_strength,
        hires_sampling(request, sampling), checkpoint,
        models.choose_vae(checkpoint, settings.vae).path if checkpoint else None, request.firstpass_image,
        settings.img2img.inpainting_mask_weight, settings.hires.hires_fix_use_firstpass_conds)


def _plan_text(request: GenerationRequest, settings: Settings) -> TextPlan:
    model, sdxl = settings.model, settings.sdxl
    clip_skip = request.clip_skip or model.CLIP_stop_at_last_layers
    encoding = EncodingOptions(Emphasis.named(model.emphasis), model.comma_padding_backtrack, clip_skip,
                               settings.compatibility.use_old_emphasis_implementation, sdxl.sdxl_clip_l_skip)
    told = ToldNumbers(sdxl.sdxl_crop_top, sdxl.sdxl_crop_left, sdxl.sdxl_refiner_low_aesthetic_score,
                       sdxl.sdxl_refiner_high_aesthetic_score)
    return TextPlan(encoding, settings.compatibility.use_old_scheduling, told, not request.disable_extra_networks,
                    settings.networks.lora_functional)


def _plan_previews(settings: Settings) -> PreviewPlan:
    previews = settings.previews
    return PreviewPlan(previews.live_previews_enable, previews.show_progress_every_n_steps,
                       previews.show_progress_type == "Full", previews.show_progress_grid)


def _plan_infotext(settings: Settings) -> InfotextPlan:
    infotext = settings.infotext
    return InfotextPlan(infotext.add_model_name_to_info, infotext.add_model_hash_to_info,
                        infotext.add_vae_name_to_info, infotext.add_vae_hash_to_info,
                        settings.networks.lora_add_hashes_to_infotext, infotext.add_version_to_infotext)
