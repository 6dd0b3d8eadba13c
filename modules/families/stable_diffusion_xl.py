"""Stable Diffusion XL: the base model's two text encoders and its vector of picture sizes; the refiner's one."""

from __future__ import annotations

from dataclasses import replace

from modules.families.description import Conditioning, LatentFormat, Prediction
from modules.families.family import Family
from modules.families.latent_preview import SDXL_PREVIEW
from modules.families.text_layout import END_TOKEN, TextRecipe
from modules.foundation.size import Size

_CLIP_G = TextRecipe(name="clip_g", prefix="conditioner.embedders.1.model.", open_clip=True, layer_from_end=2,
                     final_norm=False, follows_clip_skip=False, pooled=True, pad_token=0)
_LATENT = LatentFormat(channels=4, scale=0.13025, preview=SDXL_PREVIEW)
_NATIVE = {Prediction.NOISE: Size(1024, 1024), Prediction.VELOCITY: Size(1024, 1024)}

STABLE_DIFFUSION_XL = Family(
    name="sdxl",
    title="Stable Diffusion XL",
    requires={
        "model.diffusion_model.input_blocks.0.0.": "Stable Diffusion U-Net",
        "model.diffusion_model.label_emb.": "U-Net with an extra conditioning vector",
        "conditioner.embedders.0.transformer.": "first text encoder",
        "conditioner.embedders.1.model.": "second text encoder",
    },
    forbids={},
    conditioning={4: Conditioning.NONE, 8: Conditioning.EDIT, 9: Conditioning.INPAINTING},
    text=(TextRecipe(name="clip_l", prefix="conditioner.embedders.0.transformer.", open_clip=False, layer_from_end=2,
                     final_norm=False, follows_clip_skip=False, pooled=False, pad_token=END_TOKEN), _CLIP_G),
    latent=_LATENT,
    native_sizes=_NATIVE,
    prediction=Prediction.NOISE,
    unet_head_width=64,
)

STABLE_DIFFUSION_XL_REFINER = Family(
    name="sdxl-refiner",
    title="Stable Diffusion XL refiner",
    requires={
        "model.diffusion_model.input_blocks.0.0.": "Stable Diffusion U-Net",
        "model.diffusion_model.label_emb.": "U-Net with an extra conditioning vector",
        "conditioner.embedders.0.model.": "text encoder of the OpenCLIP kind",
    },
    forbids={"conditioner.embedders.1.": "second text encoder"},
    conditioning={4: Conditioning.NONE},
    text=(replace(_CLIP_G, prefix="conditioner.embedders.0.model."),),
    latent=_LATENT,
    native_sizes=_NATIVE,
    prediction=Prediction.NOISE,
    unet_head_width=64,
    rates_beauty=True,
)
