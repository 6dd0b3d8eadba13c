"""Stable Diffusion 1.x and everything trained from it: CLIP-L text encoder, noise prediction."""

from __future__ import annotations

from modules.families.description import Conditioning, LatentFormat, Prediction
from modules.families.family import Family
from modules.families.latent_preview import SD1_PREVIEW
from modules.families.text_layout import END_TOKEN, TextRecipe
from modules.foundation.size import Size

STABLE_DIFFUSION_1 = Family(
    name="sd1",
    title="Stable Diffusion 1.x",
    requires={
        "model.diffusion_model.input_blocks.0.0.": "Stable Diffusion U-Net",
        "cond_stage_model.transformer.": "CLIP text encoder of the transformers kind",
    },
    forbids={
        "cond_stage_model.model.": "text encoder of the OpenCLIP kind",
        "model.diffusion_model.label_emb.": "U-Net with an extra conditioning vector",
    },
    conditioning={4: Conditioning.NONE, 8: Conditioning.EDIT, 9: Conditioning.INPAINTING},
    text=(TextRecipe(name="clip_l", prefix="cond_stage_model.transformer.", open_clip=False, layer_from_end=1,
                     final_norm=True, follows_clip_skip=True, pooled=False, pad_token=END_TOKEN),),
    latent=LatentFormat(channels=4, scale=0.18215, preview=SD1_PREVIEW),
    native_sizes={Prediction.NOISE: Size(512, 512), Prediction.VELOCITY: Size(512, 512)},
    prediction=Prediction.NOISE,
    unet_heads=8,
)
