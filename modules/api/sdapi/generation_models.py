"""What ``txt2img`` and ``img2img`` take and give: A1111's fields and defaults, with the limits of this program."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from modules.generation import limits
from modules.generation.limits import Range

MAX_SCRIPT_ARGS = 1000


def within(accepted: Range, *, low: float | None = None) -> Any:
    """Say in the schema what the limits module says."""
    return Field(ge=accepted.low if low is None else low, le=accepted.high)


Text = Annotated[str, Field(max_length=limits.PROMPT_CHARACTERS)]
Name = Annotated[str, Field(max_length=500)]
Picture = Annotated[str, Field(
    description="base64, `data:image/png;base64,…`, or an http(s) address where the settings allow that",
    examples=["data:image/png;base64,iVBORw0KGgo…"])]
Side = Annotated[int, within(limits.SIDE_PX)]
ResizeFrom = Annotated[int, within(limits.RESIZE_FROM_PX, low=-1)]
Seed = Annotated[int, within(limits.SEED)]
Strength = Annotated[float, within(limits.STRENGTH)]
Sigma = Annotated[float, within(limits.SIGMA)]
Blur = Annotated[int, within(limits.MASK_BLUR_PX)]


class LenientModel(BaseModel):
    """Unknown fields are ignored and null means the default, as programs written for A1111 expect."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, coerce_numbers_to_str=True,
                              protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {key: value for key, value in values.items() if value is not None}


class GenerationFields(LenientModel):
    """The fields that both routes share."""

    prompt: Text = ""
    negative_prompt: Text = ""
    styles: list[Name] | None = Field(default=None, max_length=limits.STYLES)
    seed: Seed = -1
    subseed: Seed = -1
    subseed_strength: Strength = 0
    seed_resize_from_h: ResizeFrom = -1
    seed_resize_from_w: ResizeFrom = -1
    sampler_name: Name | None = None
    sampler_index: Name = Field(default="Euler", description="Used where `sampler_name` is missing.")
    scheduler: Name | None = None
    batch_size: Annotated[int, within(limits.BATCH_SIZE)] = 1
    n_iter: Annotated[int, within(limits.BATCH_COUNT)] = 1
    steps: Annotated[int, within(limits.STEPS)] = 50
    cfg_scale: Annotated[float, within(limits.CFG_SCALE)] = 7.0
    width: Side = 512
    height: Side = 512
    restore_faces: bool | None = None
    tiling: bool | None = None
    do_not_save_samples: bool = Field(default=False, description="Overruled by `save_images`, as in A1111.")
    do_not_save_grid: bool = Field(default=False, description="Overruled by `save_images`, as in A1111.")
    eta: Annotated[float, within(limits.ETA)] | None = None
    denoising_strength: Strength | None = None
    s_min_uncond: Sigma | None = None
    s_churn: Sigma | None = None
    s_tmax: Sigma | None = None
    s_tmin: Sigma | None = None
    s_noise: Sigma | None = None
    override_settings: dict[str, Any] = Field(default={}, description="Settings for this request only.", max_length=500)
    override_settings_restore_afterwards: bool = Field(default=True, description="They always are: a job has its own.")
    refiner_checkpoint: Name | None = None
    refiner_switch_at: Strength | None = None
    disable_extra_networks: bool = False
    comments: dict[str, Any] | None = None
    force_task_id: Name | None = Field(default=None, description="The name to ask `/internal/progress` for.")
    script_name: Name | None = None
    script_args: list[Any] = Field(default=[], max_length=MAX_SCRIPT_ARGS)
    alwayson_scripts: dict[str, Any] = Field(default={}, max_length=100, examples=[{}])
    send_images: bool = True
    save_images: bool = False
    infotext: Annotated[str, Field(max_length=1_000_000)] | None = Field(
        default=None, description="Parameters as pictures carry them; they fill in what the request does not say.")


class Txt2ImgRequest(GenerationFields):
    """A picture from a text."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"prompt": "a red house under a tree", "steps": 20, "sampler_name": "Euler a", "width": 512, "height": 512,
         "seed": 1}]})

    firstpass_image: str | None = Field(default=None, description="Accepted and not used, as in A1111.")
    enable_hr: bool = False
    firstphase_width: Annotated[int, within(limits.SIDE_PX, low=0)] = 0
    firstphase_height: Annotated[int, within(limits.SIDE_PX, low=0)] = 0
    hr_scale: Annotated[float, within(limits.HIRES_SCALE)] = 2.0
    hr_upscaler: Name | None = None
    hr_second_pass_steps: Annotated[int, within(limits.HIRES_STEPS)] = 0
    hr_resize_x: Annotated[int, within(limits.HIRES_SIDE_PX)] = 0
    hr_resize_y: Annotated[int, within(limits.HIRES_SIDE_PX)] = 0
    hr_checkpoint_name: Name | None = None
    hr_sampler_name: Name | None = None
    hr_scheduler: Name | None = None
    hr_prompt: Text = ""
    hr_negative_prompt: Text = ""


class Img2ImgRequest(GenerationFields):
    """A picture from pictures."""

    model_config = ConfigDict(json_schema_extra={"examples": [
        {"init_images": ["data:image/png;base64,iVBORw0KGgo…"], "prompt": "a red house", "denoising_strength": 0.6}]})

    init_images: list[Picture] | None = Field(default=None, max_length=limits.INIT_IMAGES)
    resize_mode: Annotated[int, within(limits.RESIZE_MODE)] = Field(
        default=0, description="0 stretch, 1 crop, 2 fill, 3 stretch latents")
    denoising_strength: Strength = 0.75
    image_cfg_scale: Annotated[float, within(limits.CFG_SCALE)] | None = None
    mask: Picture | None = None
    mask_blur: Blur | None = Field(default=None, description="Sets `mask_blur_x` and `mask_blur_y`.")
    mask_blur_x: Blur = 4
    mask_blur_y: Blur = 4
    mask_round: bool = True
    inpainting_fill: Annotated[int, within(limits.MASK_CONTENT)] = Field(
        default=0, description="0 fill, 1 original, 2 latent noise, 3 latent nothing")
    inpaint_full_res: bool = True
    inpaint_full_res_padding: Annotated[int, within(limits.MASK_PADDING_PX)] = 0
    inpainting_mask_invert: Annotated[int, Field(ge=0, le=1)] = 0
    initial_noise_multiplier: Annotated[float, within(limits.NOISE_MULTIPLIER)] | None = None
    latent_mask: Picture | None = None
    include_init_images: bool = Field(default=False, description="Whether `parameters` repeats the pictures sent.")


class GenerationAnswer(BaseModel):
    """Finished pictures and what they were made with."""

    images: list[str] = Field(description="base64, the grid first where there is one")
    parameters: dict[str, Any] = Field(description="the request, defaults filled in")
    info: str = Field(description="JSON text: seeds, prompts, infotexts and more")
