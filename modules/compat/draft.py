"""A1111's mutable ``p``: what scripts are handed, change, copy and run again.

Reference: the field names and defaults of A1111 v1.10.1 ``StableDiffusionProcessing*``. Scripts invent attributes of
their own, write any of these, and call ``copy.copy``; so there are no slots, no checks and no shared state here.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from typing import Any

from PIL import Image

from modules.compat.facade import facade


def run_time(default: Any = None) -> Any:
    """Declare a field that a run fills in."""
    return field(default=default, init=False, repr=False)


@dataclass(eq=False)
class StableDiffusionProcessing:
    """What both tabs have in common."""

    sd_model: InitVar[object] = None
    outpath_samples: str | None = None
    outpath_grids: str | None = None
    prompt: Any = ""
    prompt_for_display: str | None = None
    negative_prompt: Any = ""
    styles: list[str] | None = None
    seed: int = -1
    subseed: int = -1
    subseed_strength: float = 0
    seed_resize_from_h: int = -1
    seed_resize_from_w: int = -1
    seed_enable_extras: bool = True
    sampler_name: str | None = None
    scheduler: str | None = None
    batch_size: int = 1
    n_iter: int = 1
    steps: int = 50
    cfg_scale: float = 7.0
    width: int = 512
    height: int = 512
    restore_faces: bool | None = None
    tiling: bool | None = None
    do_not_save_samples: bool = False
    do_not_save_grid: bool = False
    extra_generation_params: dict[str, Any] | None = None
    overlay_images: list[Any] | None = None
    eta: float | None = None
    do_not_reload_embeddings: bool = False
    denoising_strength: float | None = None
    ddim_discretize: str | None = None
    s_min_uncond: float | None = None
    s_churn: float | None = None
    s_tmax: float | None = None
    s_tmin: float | None = None
    s_noise: float | None = None
    override_settings: dict[str, Any] | None = None
    override_settings_restore_afterwards: bool = True
    sampler_index: int | None = None
    refiner_checkpoint: str | None = None
    refiner_switch_at: float | None = None
    token_merging_ratio: float = 0
    token_merging_ratio_hr: float = 0
    disable_extra_networks: bool = False
    firstpass_image: Image.Image | None = None

    scripts: Any = run_time()
    script_args: Any = run_time()
    cached_c: list[Any] = run_time()
    cached_uc: list[Any] = run_time()
    comments: dict[str, int] = run_time()
    sampler: Any = run_time()
    is_using_inpainting_conditioning: bool = run_time(False)
    paste_to: Any = run_time()
    is_hr_pass: bool = run_time(False)
    c: Any = run_time()
    uc: Any = run_time()
    rng: Any = run_time()
    step_multiplier: int = run_time(1)
    color_corrections: Any = run_time()
    all_prompts: list[str] | None = run_time()
    all_negative_prompts: list[str] | None = run_time()
    all_seeds: list[int] | None = run_time()
    all_subseeds: list[int] | None = run_time()
    iteration: int = run_time(0)
    main_prompt: str | None = run_time()
    main_negative_prompt: str | None = run_time()
    prompts: list[str] | None = run_time()
    negative_prompts: list[str] | None = run_time()
    seeds: list[int] | None = run_time()
    subseeds: list[int] | None = run_time()
    batch_index: int = run_time(0)
    extra_network_data: dict[str, Any] | None = run_time()
    user: str | None = run_time()
    sd_model_name: str | None = run_time()
    sd_model_hash: str | None = run_time()
    sd_vae_name: str | None = run_time()
    sd_vae_hash: str | None = run_time()
    is_api: bool = run_time(False)
    sampler_noise_scheduler_override: Any = run_time()
    refiner_checkpoint_info: Any = run_time()
    generation_hooks: list[Any] | None = run_time()
    """Ours: hooks of the core that a script wants in its runs, see ``modules.generation.hooks``."""

    def __post_init__(self, sd_model: object) -> None:
        self.styles = list(self.styles or [])
        self.extra_generation_params = self.extra_generation_params or {}
        self.override_settings = self.override_settings or {}
        self.comments = {}
        self.cached_c, self.cached_uc = [None, None], [None, None]

    def comment(self, text: str) -> None:
        """Say something on the result."""
        self.comments[text] = 1

    def fill_fields_from_opts(self) -> None:
        """Do nothing: what is None is filled in when the run is planned."""

    def setup_prompts(self) -> None:
        """Write out every picture's prompts, with styles."""
        facade("processing").setup_prompts(self)

    def close(self) -> None:
        """Let go of what a run left here."""
        self.sampler = self.c = self.uc = None
        self.cached_c, self.cached_uc = [None, None], [None, None]

    def get_token_merging_ratio(self, for_hr: bool = False) -> float:
        return (self.token_merging_ratio_hr or self.token_merging_ratio) if for_hr else self.token_merging_ratio

    def save_samples(self) -> bool:
        """Say whether the pictures of this run are saved."""
        opts = facade("shared").opts
        return bool(opts.samples_save) and not self.do_not_save_samples

    def identity(self) -> str:
        """Return a hash of everything that decides the pictures: this request, settings, and the files they name."""
        return facade("processing").identity_of(self)


def _loaded_model(p: StableDiffusionProcessing) -> Any:
    """The model in memory, always."""
    return facade("shared").sd_model


def _ignore(p: StableDiffusionProcessing, model: object) -> None:
    """Take no other: scripts pass the loaded model along, or None."""


setattr(StableDiffusionProcessing, "sd_model", property(_loaded_model, _ignore))  # noqa: B010 - a field of the same name


@dataclass(eq=False)
class StableDiffusionProcessingTxt2Img(StableDiffusionProcessing):
    """A press of Generate on the txt2img tab."""

    enable_hr: bool = False
    denoising_strength: float | None = 0.75
    firstphase_width: int = 0
    firstphase_height: int = 0
    hr_scale: float = 2.0
    hr_upscaler: str | None = None
    hr_second_pass_steps: int = 0
    hr_resize_x: int = 0
    hr_resize_y: int = 0
    hr_checkpoint_name: str | None = None
    hr_sampler_name: str | None = None
    hr_scheduler: str | None = None
    hr_prompt: Any = ""
    hr_negative_prompt: Any = ""
    force_task_id: str | None = None

    cached_hr_c: list[Any] = run_time()
    cached_hr_uc: list[Any] = run_time()
    hr_checkpoint_info: Any = run_time()
    hr_upscale_to_x: int = run_time(0)
    hr_upscale_to_y: int = run_time(0)
    truncate_x: int = run_time(0)
    truncate_y: int = run_time(0)
    applied_old_hires_behavior_to: Any = run_time()
    latent_scale_mode: Any = run_time()
    hr_c: Any = run_time()
    hr_uc: Any = run_time()
    all_hr_prompts: list[str] | None = run_time()
    all_hr_negative_prompts: list[str] | None = run_time()
    hr_prompts: list[str] | None = run_time()
    hr_negative_prompts: list[str] | None = run_time()
    hr_extra_network_data: dict[str, Any] | None = run_time()
    txt2img_upscale: bool = run_time(False)

    def __post_init__(self, sd_model: object) -> None:
        super().__post_init__(sd_model)
        self.cached_hr_c, self.cached_hr_uc = [None, None], [None, None]

    def close(self) -> None:
        super().close()
        self.hr_c = self.hr_uc = None
        self.cached_hr_c, self.cached_hr_uc = [None, None], [None, None]


@dataclass(eq=False)
class StableDiffusionProcessingImg2Img(StableDiffusionProcessing):
    """A press of Generate on the img2img tab."""

    init_images: list[Any] | None = None
    resize_mode: int = 0
    denoising_strength: float | None = 0.75
    image_cfg_scale: float | None = None
    mask: Any = None
    mask_blur_x: int = 4
    mask_blur_y: int = 4
    mask_blur: InitVar[int | None] = None
    mask_round: bool = True
    inpainting_fill: int = 0
    inpaint_full_res: bool = True
    inpaint_full_res_padding: int = 0
    inpainting_mask_invert: int = 0
    initial_noise_multiplier: float | None = None
    latent_mask: Image.Image | None = None
    force_task_id: str | None = None

    inpainting_mask_weight: float | None = run_time()
    image_mask: Any = run_time()
    nmask: Any = run_time()
    image_conditioning: Any = run_time()
    init_img_hash: str | None = run_time()
    mask_for_overlay: Any = run_time()
    init_latent: Any = run_time()

    def __post_init__(self, sd_model: object, mask_blur: int | None) -> None:
        super().__post_init__(sd_model)
        self.image_mask, self.mask = self.mask, None
        if mask_blur is not None:
            self.mask_blur_x = self.mask_blur_y = mask_blur


def _mask_blur(p: StableDiffusionProcessingImg2Img) -> int | None:
    """The blur, where it is the same in both directions."""
    return p.mask_blur_x if p.mask_blur_x == p.mask_blur_y else None


def _blur_mask(p: StableDiffusionProcessingImg2Img, value: object) -> None:
    if isinstance(value, int):
        p.mask_blur_x = p.mask_blur_y = value


setattr(StableDiffusionProcessingImg2Img, "mask_blur", property(_mask_blur, _blur_mask))  # noqa: B010 - likewise
