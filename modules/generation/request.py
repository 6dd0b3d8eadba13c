"""What a person asked for. None means "you decide"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modules.foundation.json_record import record_from_json, record_to_json


@dataclass(frozen=True)
class SoftInpainting:
    """How an inpainted area flows into the picture. Names and defaults are A1111's soft inpainting's."""

    mask_blend_power: float = 1.0
    """Schedule bias."""
    mask_blend_scale: float = 0.5
    """Preservation strength."""
    inpaint_detail_preservation: float = 4.0
    """Transition contrast boost."""
    composite_mask_influence: float = 0.0
    composite_difference_threshold: float = 0.5
    composite_difference_contrast: float = 2.0


OUTPAINT_FILLS = ("noise", "edge", "mirror")


@dataclass(frozen=True)
class Outpainting:
    """How far a picture is extended to each side, and with what the new area begins."""

    left: int = 0
    right: int = 0
    up: int = 0
    down: int = 0
    fill: str = "noise"
    """``noise`` (shaped like the picture), ``edge`` or ``mirror``."""
    mask_blur: int = 8
    falloff_exponent: float = 1.0
    color_variation: float = 0.05
    seam_pass: bool = False
    """Paint over the seams once more, weakly."""


@dataclass(frozen=True)
class GenerationRequest:
    """One press of Generate, from whichever side it came. Ranges: ``limits.py``, checked by ``plan``.

    Names are the field's own (and A1111's API's, where that has one). Pictures are named by their id in the
    ``PictureStore``.
    """

    prompt: str = ""
    negative_prompt: str = ""
    styles: tuple[str, ...] = ()
    sampler_name: str | None = None
    scheduler: str | None = None
    steps: int | None = None
    cfg_scale: float | None = None
    width: int | None = None
    height: int | None = None
    batch_size: int = 1
    batch_count: int = 1
    seed: int | None = None
    """-1 and None: a random one."""
    subseed: int | None = None
    subseed_strength: float = 0.0
    seed_resize_from_w: int = 0
    seed_resize_from_h: int = 0
    clip_skip: int | None = None
    eta: float | None = None
    s_churn: float | None = None
    s_tmin: float | None = None
    s_tmax: float | None = None
    s_noise: float | None = None
    s_min_uncond: float | None = None
    checkpoint: str | None = None
    """Any name by which the catalog finds a checkpoint; None: the one chosen in the settings."""
    refiner_checkpoint: str | None = None
    refiner_switch_at: float | None = None
    tiling: bool | None = None
    restore_faces: bool | None = None
    disable_extra_networks: bool = False
    enable_hr: bool = False
    denoising_strength: float | None = None
    """For hires fix and for pictures made from pictures."""
    hr_scale: float = 2.0
    hr_upscaler: str | None = None
    hr_second_pass_steps: int = 0
    """0: as many as the first pass."""
    hr_resize_x: int = 0
    hr_resize_y: int = 0
    hr_checkpoint_name: str | None = None
    hr_sampler_name: str | None = None
    hr_scheduler: str | None = None
    hr_prompt: str = ""
    hr_negative_prompt: str = ""
    firstpass_image: str | None = None
    """A finished picture to begin hires fix with."""
    init_images: tuple[str, ...] = ()
    """Any: the request is for img2img."""
    resize_mode: int = 0
    resize_by: float | None = None
    """Width and height are this many times the first picture's."""
    image_cfg_scale: float | None = None
    initial_noise_multiplier: float | None = None
    mask: str | None = None
    latent_mask: str | None = None
    """Takes the place of ``mask`` where latents are blended."""
    mask_blur_x: int = 4
    mask_blur_y: int = 4
    mask_round: bool = True
    inpainting_fill: int = 1
    inpaint_full_res: bool = False
    """Work on the masked part alone, at full size."""
    inpaint_full_res_padding: int = 32
    inpainting_mask_invert: bool = False
    inpainting_mask_weight: float | None = None
    soft_inpainting: SoftInpainting | None = None
    outpainting: Outpainting | None = None
    save_images: bool | None = None
    override_settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Settings (A1111 keys) in force for this request only."""
    script_name: str | None = None
    """Title of the script that makes the pictures in place of the usual way."""
    script_args: tuple[Any, ...] = field(default=(), hash=False)
    """A value for every control of that script."""
    alwayson_scripts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Lists of values by the title of a script that always takes part; where one is missing, its defaults count."""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object without what is at its default."""
        return record_to_json(self)

    @property
    def is_img2img(self) -> bool:
        return bool(self.init_images)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> GenerationRequest:
        """Read what ``to_json`` wrote, or a person's JSON.

        Raises: InvalidRequestError naming the field for an unknown name or a value of the wrong kind.
        """
        return record_from_json(cls, values)
