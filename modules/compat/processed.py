"""What a run returned, as scripts know it."""

from __future__ import annotations

import json
from typing import Any

from modules.compat.draft import StableDiffusionProcessing
from modules.compat.facade import facade

JS_FIELDS = (
    "prompt", "all_prompts", "negative_prompt", "all_negative_prompts", "seed", "all_seeds", "subseed", "all_subseeds",
    "subseed_strength", "width", "height", "sampler_name", "cfg_scale", "steps", "batch_size", "restore_faces",
    "face_restoration_model", "sd_model_name", "sd_model_hash", "sd_vae_name", "sd_vae_hash", "seed_resize_from_w",
    "seed_resize_from_h", "denoising_strength", "extra_generation_params", "index_of_first_image", "infotexts",
    "styles", "job_timestamp", "clip_skip", "is_using_inpainting_conditioning", "version")


class Processed:
    """Finished pictures and what made them. Reference: A1111 v1.10.1 ``Processed``."""

    def __init__(self, p: StableDiffusionProcessing, images_list: list[Any], seed: int = -1, info: str = "",
                 subseed: int | None = None, all_prompts: list[str] | None = None,
                 all_negative_prompts: list[str] | None = None, all_seeds: list[int] | None = None,
                 all_subseeds: list[int] | None = None, index_of_first_image: int = 0,
                 infotexts: list[str] | None = None, comments: str = "") -> None:
        self.images = images_list
        self.prompt, self.negative_prompt = _first(p.prompt), _first(p.negative_prompt)
        self.seed = int(_first(p.seed if seed in (None, -1) else seed) or 0)
        self.subseed = int(_first(p.subseed if subseed is None else subseed) or 0)
        self.info = info
        self.comments = comments or "".join(f"{text}\n" for text in p.comments)
        for name in ("subseed_strength", "width", "height", "sampler_name", "cfg_scale", "image_cfg_scale", "steps",
                     "batch_size", "restore_faces", "sd_model_name", "sd_model_hash", "sd_vae_name", "sd_vae_hash",
                     "seed_resize_from_w", "seed_resize_from_h", "extra_generation_params", "styles", "eta",
                     "ddim_discretize", "s_churn", "s_tmin", "s_tmax", "s_noise", "s_min_uncond",
                     "sampler_noise_scheduler_override", "is_using_inpainting_conditioning", "token_merging_ratio",
                     "token_merging_ratio_hr"):
            setattr(self, name, getattr(p, name, None))
        opts = facade("shared").opts
        self.face_restoration_model = opts.face_restoration_model if p.restore_faces else None
        self.denoising_strength = getattr(p, "denoising_strength", None)
        self.index_of_first_image = index_of_first_image
        self.job_timestamp = facade("shared").state.job_timestamp
        self.clip_skip = int((p.override_settings or {}).get("CLIP_stop_at_last_layers")
                             or opts.CLIP_stop_at_last_layers)
        self.all_prompts = all_prompts or p.all_prompts or [self.prompt]
        self.all_negative_prompts = all_negative_prompts or p.all_negative_prompts or [self.negative_prompt]
        self.all_seeds = all_seeds or p.all_seeds or [self.seed]
        self.all_subseeds = all_subseeds or p.all_subseeds or [self.subseed]
        self.infotexts = infotexts or [info] * len(images_list)
        self.version = facade("processing").program_version()

    def js(self) -> str:
        """Return what A1111's API tells of a result, as JSON."""
        return json.dumps({name: getattr(self, name) for name in JS_FIELDS}, default=lambda _: None)

    def infotext(self, p: StableDiffusionProcessing, index: int) -> str:
        """Return the infotext of one picture."""
        return facade("processing").create_infotext(p, self.all_prompts, self.all_seeds, self.all_subseeds,
                                                    comments=[], position_in_batch=index % self.batch_size,
                                                    iteration=index // self.batch_size)

    def get_token_merging_ratio(self, for_hr: bool = False) -> float:
        return (self.token_merging_ratio_hr or self.token_merging_ratio) if for_hr else self.token_merging_ratio

    # written by ``__init__`` from a list of names
    batch_size: int
    token_merging_ratio: float
    token_merging_ratio_hr: float


def _first(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return value[0] if value else None
    return value
