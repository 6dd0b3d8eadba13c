"""Building the VAE: diffusers' module, filled from either way of storing its attention."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from modules.engine.filling import Draft, build_empty
from modules.families.autoencoder_layout import (
    AutoencoderLayout,
    name_autoencoder_tensors,
    read_autoencoder_layout,
)


def build_autoencoder(layout: AutoencoderLayout) -> AutoencoderKL:
    """Construct an empty VAE of these sizes, on the meta device."""
    levels = len(layout.widths)
    return build_empty(lambda: AutoencoderKL(
        block_out_channels=layout.widths,
        layers_per_block=layout.resnets_per_level,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        latent_channels=layout.latent_channels,
    ))


def draft_autoencoder(tensors: Mapping[str, torch.Tensor]) -> Draft[AutoencoderKL]:
    """Pair a VAE with tensors under their file names without prefix. Raises: ModelFileError."""
    layout = read_autoencoder_layout({name: tuple(tensor.shape) for name, tensor in tensors.items()})
    names = name_autoencoder_tensors(layout, tensors)
    return Draft(build_autoencoder(layout), {module: tensors[name] for name, module in names.items()})
