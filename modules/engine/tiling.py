"""Pictures that continue at the opposite edge: convolutions that wrap around."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from torch import nn

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel


def set_tiling(model: LoadedModel, on: bool) -> None:
    """Let every convolution of U-Net and VAE see the opposite edge beyond a picture's border, or zeros again."""
    mode: Literal["circular", "zeros"] = "circular" if on else "zeros"
    for part in (model.unet, model.autoencoder):
        for module in part.modules():
            if isinstance(module, nn.Conv2d):
                module.padding_mode = mode
