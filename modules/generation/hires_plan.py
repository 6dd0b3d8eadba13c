"""Hires fix: how large the second pass is, and what it is made with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from modules.catalog.entry import CheckpointEntry
from modules.foundation.errors import InvalidRequestError
from modules.foundation.size import LATENT_SCALE, Size
from modules.generation.request import GenerationRequest
from modules.sampling.options import SamplingOptions
from modules.sampling.registry import REGISTRY, SAME_SAMPLER, SAME_SCHEDULER

DEFAULT_DENOISING = 0.7
OLD_FIRST_PASS_PX = 512 * 512
OLD_SIDE_STEP_PX = 64


@dataclass(frozen=True)
class LatentMode:
    """A way to enlarge latents; names as in ``torch.nn.functional.interpolate``."""

    mode: str
    antialias: bool


LATENT_MODES: dict[str, LatentMode] = {
    "Latent": LatentMode("bilinear", antialias=False),
    "Latent (antialiased)": LatentMode("bilinear", antialias=True),
    "Latent (bicubic)": LatentMode("bicubic", antialias=False),
    "Latent (bicubic antialiased)": LatentMode("bicubic", antialias=True),
    "Latent (nearest)": LatentMode("nearest", antialias=False),
    "Latent (nearest-exact)": LatentMode("nearest-exact", antialias=False),
}
DEFAULT_UPSCALER = "Latent"
SAME_CHECKPOINT = "Use same checkpoint"
"""What menus and infotexts say for none of its own."""


@dataclass(frozen=True)
class HiresSize:
    """The size the first picture is enlarged to, and how much of that is cut off to fit the wish.

    ``cut`` is in latent cells: width and height.
    """

    enlarged: Size
    cut: tuple[int, int] = (0, 0)

    @property
    def latent(self) -> Size:
        """The second pass's size in latent cells."""
        return Size(self.enlarged.latent.width - self.cut[0], self.enlarged.latent.height - self.cut[1])


@dataclass(frozen=True)
class HiresPlan:
    """The second pass."""

    size: HiresSize
    upscaler: str
    denoising_strength: float
    sampling: SamplingOptions
    checkpoint: CheckpointEntry | None
    """None: the first pass's."""
    vae: Path | None
    first_picture: str | None
    """A finished picture that takes the place of the first pass."""
    mask_weight: float
    """How little of the picture inpainting models see. Range: 0 to 1."""
    reuse_networks: bool
    """Read the second pass's prompts with the first pass's networks."""

    @property
    def latent_mode(self) -> LatentMode | None:
        """How latents are enlarged; None where the picture is, by an upscaler."""
        return LATENT_MODES.get(self.upscaler)


def hires_size(first: Size, scale: float, resize_x: int, resize_y: int) -> HiresSize:
    """Apply A1111's size rules. Reference: A1111 v1.10.1 ``calculate_target_resolution``.

    Without a target size the first pass is scaled; with one side given the other follows; with both, the
    picture covers them and is cut at the centre. Raises: InvalidRequestError.
    """
    if not resize_x and not resize_y:
        return HiresSize(_positive(int(first.width * scale), int(first.height * scale)))
    if not resize_y:
        return HiresSize(_positive(resize_x, resize_x * first.height // first.width))
    if not resize_x:
        return HiresSize(_positive(resize_y * first.width // first.height, resize_y))
    if first.width / first.height < resize_x / resize_y:
        enlarged = _positive(resize_x, resize_x * first.height // first.width)
    else:
        enlarged = _positive(resize_y * first.width // first.height, resize_y)
    cut = ((enlarged.width - resize_x) // LATENT_SCALE, (enlarged.height - resize_y) // LATENT_SCALE)
    return HiresSize(enlarged, cut)


def old_first_pass(target: Size) -> Size:
    """Return the size of the first pass as A1111 chose it before 1.0: the area of 512x512, sides rounded up."""
    scale = math.sqrt(OLD_FIRST_PASS_PX / target.pixels)

    def side(length: int) -> int:
        return math.ceil(scale * length / OLD_SIDE_STEP_PX) * OLD_SIDE_STEP_PX

    return Size(side(target.width), side(target.height))


def use_old_sizes(request: GenerationRequest) -> GenerationRequest:
    """Read width and height as the large picture's, unless a size to enlarge to is given."""
    if not request.enable_hr or request.hr_resize_x or request.hr_resize_y or not request.width or not request.height:
        return request
    first = old_first_pass(Size(request.width, request.height))
    return replace(request, width=first.width, height=first.height, hr_resize_x=request.width,
                   hr_resize_y=request.height)


def hires_sampling(request: GenerationRequest, first: SamplingOptions) -> SamplingOptions:
    """Return the options of the second pass; what the request leaves open is the first pass's."""
    own_sampler, own_scheduler = request.hr_sampler_name, request.hr_scheduler
    sampler, scheduler = REGISTRY.current.resolve(
        first.sampler if own_sampler in (None, "", SAME_SAMPLER) else own_sampler,
        first.scheduler if own_scheduler in (None, "", SAME_SCHEDULER) else own_scheduler)
    return replace(first, sampler=sampler, scheduler=scheduler, steps=request.hr_second_pass_steps or first.steps,
                   img2img_fix_steps=True)


def choose_upscaler(name: str | None, known: Sequence[str]) -> str:
    """Return the upscaler to use. Raises: InvalidRequestError for a name nobody knows."""
    chosen = name or DEFAULT_UPSCALER
    if chosen not in LATENT_MODES and chosen not in known:
        raise InvalidRequestError("hr_upscaler", f"There is no upscaler {chosen[:60]!r}.",
                                  remedy=f"There are: {', '.join((*LATENT_MODES, *known))}.")
    return chosen


def _positive(width: int, height: int) -> Size:
    if width < LATENT_SCALE or height < LATENT_SCALE:
        raise InvalidRequestError("hr_scale", f"Hires fix would make a picture of {width}x{height}.",
                                  remedy="Raise the scale or the size to enlarge to.")
    return Size(width, height)
