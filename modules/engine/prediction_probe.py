"""Asking a U-Net itself whether it predicts noise or velocity, where its file does not say.

Reference: A1111 v1.10.1: on a flat grey input at the noisiest timestep a noise predictor gives its input
back, and a velocity predictor something far below it.
"""

from __future__ import annotations

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from modules.families.description import Prediction
from modules.families.unet_layout import UNetLayout

_GREY = 0.5
_NOISIEST = 999
_VELOCITY_BELOW = -1.0


def probe_prediction(unet: UNet2DConditionModel, layout: UNetLayout) -> Prediction:
    """Run the U-Net once on a tiny input."""
    like = next(unet.parameters())
    x = torch.full((1, layout.in_channels, 8, 8), _GREY, device=like.device, dtype=like.dtype)
    cross = torch.full((1, 2, layout.context_width), _GREY, device=like.device, dtype=like.dtype)
    with torch.inference_mode():
        (output,) = unet(x, torch.tensor([_NOISIEST], device=like.device), cross, return_dict=False)
    return Prediction.VELOCITY if float((output - x).float().mean()) < _VELOCITY_BELOW else Prediction.NOISE
