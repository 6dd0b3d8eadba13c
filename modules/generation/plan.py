"""From what was asked for to exactly what will be done: the only place where settings are read.

Reads no files and computes no tensors. What a person asked for is adjusted here or nowhere, and every
adjustment is a comment on the result. Planning a plan's own ``request`` again gives the same plan: that is how
a job goes on after a crash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from modules.catalog.entry import CheckpointEntry
from modules.catalog.vae_choice import VaeChoice
from modules.foundation.errors import InvalidRequestError
from modules.foundation.size import LATENT_SCALE, Size
from modules.generation.checks import check_area, check_request
from modules.generation.outputs import Outputs, plan_outputs
from modules.generation.previews import PreviewPlan
from modules.generation.request import GenerationRequest
from modules.generation.sampling_plan import plan_noise, plan_sampling
from modules.generation.seeds import fix_seed, spread_seeds
from modules.prompting.comments import strip_comments
from modules.prompting.encoding import Emphasis, EncodingOptions
from modules.prompting.extra_networks import extract_tags
from modules.prompting.remarks import Remarks, Report
from modules.prompting.styles import Style, apply_styles, pick_styles
from modules.prompting.wildcards import WildcardSource, resolve_wildcards
from modules.sampling.noise import NoiseSettings
from modules.sampling.options import SamplingOptions
from modules.sampling.registry import BUILTIN
from modules.settings.sections.model import ModelSettings, VaeSettings
from modules.settings.values import Settings

DEFAULT_STEPS = 20
DEFAULT_CFG_SCALE = 7


class Checkpoints(Protocol):
    """The checkpoints there are, as far as planning needs them."""

    def choose(self, name: str) -> CheckpointEntry:
        """Find a checkpoint; an empty name means the first. Raises: NotFoundError."""
        ...

    def choose_vae(self, entry: CheckpointEntry, settings: VaeSettings) -> VaeChoice:
        """Choose the VAE for a checkpoint."""
        ...

    def native_size(self, entry: CheckpointEntry) -> Size:
        """Return the size a checkpoint was trained at, from its header alone."""
        ...


class _NoWildcards:
    """A source without any file."""

    def lines(self, name: str) -> None:
        return None


NO_WILDCARDS: WildcardSource = _NoWildcards()


@dataclass(frozen=True)
class Surroundings:
    """What a plan depends on besides the request."""

    settings: Settings
    checkpoints: Checkpoints
    styles: Mapping[str, Style]
    wildcards: WildcardSource = NO_WILDCARDS


@dataclass(frozen=True)
class PlannedImage:
    """One picture to make.

    Prompts have their styles merged in, comments left out and wildcards resolved; network tags still stand.
    Templates are the prompts before their wildcards were resolved.
    """

    index: int
    prompt: str
    negative_prompt: str
    template: str
    negative_template: str
    seed: int
    subseed: int


@dataclass(frozen=True)
class TextPlan:
    """How prompts become conditioning."""

    encoding: EncodingOptions
    old_timelines: bool
    crop_top: int
    crop_left: int

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
    text: TextPlan
    outputs: Outputs
    previews: PreviewPlan
    infotext: InfotextPlan
    style_prompts: tuple[str, ...]
    comments: tuple[str, ...]

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
    checkpoint = around.checkpoints.choose(request.checkpoint or settings.model.sd_model_checkpoint)
    vae = around.checkpoints.choose_vae(checkpoint, settings.vae)
    if vae.missing:
        comments.append(f"There is no VAE {vae.missing[:60]!r}; the checkpoint's own was used.")
    request = _fill_in(request, checkpoint, around.checkpoints, comments)
    assert request.width and request.height and request.steps is not None  # filled in above
    styles = pick_styles(request.styles, around.styles)
    comments += [f"There is no style {style.name[:60]!r}." for style in styles if style.name not in around.styles]
    remarks = Remarks()
    images = _plan_images(request, styles, settings.model, around.wildcards, remarks)
    comments += [*remarks, *_untouched_networks(images[0].prompt)]
    size = Size(request.width, request.height)
    return GenerationPlan(
        request, checkpoint, vae.path, images, size,
        sampling=plan_sampling(request, settings), noise=plan_noise(request, settings),
        text=_plan_text(request, settings), outputs=plan_outputs(settings, request.save_images),
        previews=_plan_previews(settings), infotext=_plan_infotext(settings),
        style_prompts=tuple(style.prompt for style in styles), comments=tuple(comments))


def _overlay(request: GenerationRequest, settings: Settings, comments: list[str]) -> Settings:
    """Put the request's own settings over those in force; what is unknown or wrong is left out and said."""
    for key, value in request.override_settings.items():
        try:
            settings = settings.with_values({key: value})
        except InvalidRequestError as error:
            comments.append(f"Override settings: {error.message}")
    return settings


def _fill_in(request: GenerationRequest, checkpoint: CheckpointEntry, checkpoints: Checkpoints,
             comments: list[str]) -> GenerationRequest:
    """Make every choice that was left open."""
    native = checkpoints.native_size(checkpoint)
    width, height = request.width or native.width, request.height or native.height
    check_area(width, height)
    made = Size(width // LATENT_SCALE * LATENT_SCALE, height // LATENT_SCALE * LATENT_SCALE)
    if made != Size(width, height):
        comments.append(f"The picture is {made}, not {width}x{height}: sides are multiples of {LATENT_SCALE}.")
    sampler, scheduler = _resolve_sampler(request, comments)
    return replace(
        request, checkpoint=checkpoint.name, width=width, height=height, sampler_name=sampler, scheduler=scheduler,
        steps=DEFAULT_STEPS if request.steps is None else request.steps,
        cfg_scale=DEFAULT_CFG_SCALE if request.cfg_scale is None else request.cfg_scale,
        seed=fix_seed(request.seed), subseed=fix_seed(request.subseed))


def _resolve_sampler(request: GenerationRequest, comments: list[str]) -> tuple[str, str]:
    sampler, scheduler = BUILTIN.resolve(request.sampler_name, request.scheduler)
    asked = request.sampler_name
    if asked and not asked.startswith(sampler):
        comments.append(f"There is no sampler {asked[:60]!r}; {sampler} was used.")
    schedules = {name for spec in BUILTIN.schedulers for name in (spec.name, spec.label, *spec.aliases)}
    if request.scheduler and request.scheduler not in schedules:
        comments.append(f"There is no schedule type {request.scheduler[:60]!r}; {scheduler} was used.")
    return sampler, scheduler


def _plan_images(request: GenerationRequest, styles: list[Style], model: ModelSettings, source: WildcardSource,
                 report: Report) -> tuple[PlannedImage, ...]:
    template = apply_styles(request.prompt, [style.prompt for style in styles])
    negative = apply_styles(request.negative_prompt, [style.negative_prompt for style in styles])
    if model.enable_prompt_comments:
        template, negative = strip_comments(template), strip_comments(negative)
    assert request.seed is not None and request.subseed is not None  # filled in above
    count = request.batch_size * request.batch_count
    seeds = spread_seeds(request.seed, count, together=request.subseed_strength != 0)
    subseeds = spread_seeds(request.subseed, count, together=False)

    def resolve(text: str, seed: int) -> str:
        return resolve_wildcards(text, seed, source, report, enabled=model.enable_wildcards)

    return tuple(
        PlannedImage(index, resolve(template, seed), resolve(negative, seed), template, negative, seed, subseed)
        for index, (seed, subseed) in enumerate(zip(seeds, subseeds)))


def _untouched_networks(prompt: str) -> list[str]:
    """Say of every network tag that it has no effect."""
    _, tags = extract_tags(prompt)
    names = [":".join((tag.kind, *tag.positional[:1])) for tag in tags]
    return [f"<{name}> has no effect: networks in prompts are not supported yet." for name in names]


def _plan_text(request: GenerationRequest, settings: Settings) -> TextPlan:
    model = settings.model
    clip_skip = request.clip_skip or model.CLIP_stop_at_last_layers
    encoding = EncodingOptions(Emphasis.named(model.emphasis), model.comma_padding_backtrack, clip_skip,
                               settings.compatibility.use_old_emphasis_implementation)
    return TextPlan(encoding, settings.compatibility.use_old_scheduling, settings.sdxl.sdxl_crop_top,
                    settings.sdxl.sdxl_crop_left)


def _plan_previews(settings: Settings) -> PreviewPlan:
    previews = settings.previews
    return PreviewPlan(previews.live_previews_enable, previews.show_progress_every_n_steps,
                       previews.show_progress_type == "Full", previews.show_progress_grid)


def _plan_infotext(settings: Settings) -> InfotextPlan:
    infotext = settings.infotext
    return InfotextPlan(infotext.add_model_name_to_info, infotext.add_model_hash_to_info,
                        infotext.add_vae_name_to_info, infotext.add_vae_hash_to_info, infotext.add_version_to_infotext)
