"""Stable Diffusion 2.x: OpenCLIP-H text encoder; the 768 versions predict velocity, the 512 ones noise."""

from __future__ import annotations

from modules.families.description import Conditioning, LatentFormat, Prediction
from modules.families.family import Family
from modules.families.latent_preview import SD1_PREVIEW
from modules.families.text_layout import TextRecipe
from modules.foundation.size import Size

STABLE_DIFFUSION_2 = Family(
    name="sd2",
    title="Stable Diffusion 2.x",
    requires={
        "model.diffusion_model.input_blocks.0.0.": "Stable Diffusion U-Net",
        "cond_stage_model.model.": "text encoder of the OpenCLIP kind",
    },
    forbids={"model.diffusion_model.label_emb.": "U-Net with an extra conditioning vector"},
    conditioning={4: Conditioning.NONE, 5: Conditioning.DEPTH, 9: Conditioning.INPAINTING},
    text=(TextRecipe(name="clip_h", prefix="cond_stage_model.model.", open_clip=True, layer_from_end=2,
                     final_norm=True, follows_clip_skip=False, pooled=False, pad_token=0,
                     cut_by_converters=True),),
    latent=LatentFormat(channels=4, scale=0.18215, preview=SD1_PREVIEW),
    native_sizes={Prediction.NOISE: Size(512, 512), Prediction.VELOCITY: Size(768, 768),
                  Prediction.UNDECIDED: Size(512, 512)},
    prediction=Prediction.UNDECIDED,
    unet_head_width=64,
)
