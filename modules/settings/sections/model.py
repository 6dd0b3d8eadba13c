"""The model, its VAE, and how prompts reach it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.settings.option import option


@dataclass(frozen=True)
class ModelSettings:
    """The model, and how prompts reach it."""

    title: ClassVar[str] = "Stable Diffusion"

    sd_model_checkpoint: str = option("", "Stable Diffusion checkpoint", infotext="Model hash")
    sd_checkpoints_limit: int = option(1, "Checkpoints loaded at the same time", minimum=1, maximum=10, step=1,
                                       info="as far as there is memory; switching back to one of them takes no time")
    sd_checkpoints_keep_in_cpu: bool = option(
        True, "Keep only the one in use on the GPU", info="the others wait in main memory")
    sd_checkpoint_cache: int = option(0, "Further checkpoints kept in main memory", minimum=0, maximum=10, step=1)
    emphasis: str = option("Original", "Emphasis", choices=("None", "Ignore", "Original", "No norm"),
                           infotext="Emphasis", info="How (more:1.3) and [less] change the picture")
    comma_padding_backtrack: int = option(
        20, "Tokens to move to the next chunk of 75", minimum=0, maximum=74, step=1,
        info="so that a phrase between commas is not cut in two")
    CLIP_stop_at_last_layers: int = option(1, "Clip skip", minimum=1, maximum=12, step=1, infotext="Clip skip")
    randn_source: str = option("GPU", "Random numbers come from", choices=("GPU", "CPU", "NV"), infotext="RNG",
                               info="CPU and NV give the same pictures on every machine")
    tiling: bool = option(False, "Tiling", infotext="Tiling", info="pictures that continue at the opposite edge")
    enable_prompt_comments: bool = option(True, "Leave out what follows # in prompts")
    enable_wildcards: bool = option(True, "Resolve __wildcards__ and {choices|alternatives} in prompts",
                                    info="wildcards are text files in the wildcards folder; off: braces are plain text")


@dataclass(frozen=True)
class VaeSettings:
    """Which VAE decodes the pictures."""

    title: ClassVar[str] = "VAE"

    sd_vae: str = option("Automatic", "VAE", infotext="VAE",
                         info="Automatic: the file named like the checkpoint, else the checkpoint's own")
    vae_whole_up_to_mp: float = option(
        4.0, "Largest picture to decode in one piece", minimum=0.25, maximum=64, step=0.25,
        info="in megapixels; larger ones pass through the VAE in tiles, which keeps memory flat")
    sd_vae_overrides_per_model_preferences: bool = option(True, "It wins over what a checkpoint's own notes choose")
    sd_vae_checkpoint_cache: int = option(0, "VAEs kept in main memory", minimum=0, maximum=10, step=1)
    auto_vae_precision_bfloat16: bool = option(False, "A VAE that overflows in 16 bits goes on in bfloat16",
                                               info="which has the range of 32 bits, and less precision")
    auto_vae_precision: bool = option(True, "A VAE that overflows in 16 bits goes on in 32 bits",
                                      info="off: there is no picture, and the job says why")


@dataclass(frozen=True)
class SdxlSettings:
    """What only Stable Diffusion XL is told."""

    title: ClassVar[str] = "Stable Diffusion XL"

    sdxl_crop_top: int = option(0, "Crop top coordinate", minimum=0, maximum=8192,
                                info="Models of this kind draw as if the picture had been cut out there")
    sdxl_crop_left: int = option(0, "Crop left coordinate", minimum=0, maximum=8192)
    sdxl_refiner_low_aesthetic_score: float = option(
        2.5, "Aesthetic score the refiner is told for what is not wanted", minimum=0, maximum=10)
    sdxl_refiner_high_aesthetic_score: float = option(
        6.0, "Aesthetic score the refiner is told for what is wanted", minimum=0, maximum=10)
    sdxl_clip_l_skip: bool = option(False, "Clip skip acts on the first text encoder",
                                    info="Otherwise it does nothing, as these models have a layer they are used with")
