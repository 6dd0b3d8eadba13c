"""Encode pictures by averages: a latent pixel is the mean colour of 8 × 8 pixels and a brightness gradient.

Three latent channels hold brightness, orange-blue and green-magenta, the fourth how much brighter the block gets
from its top left to its bottom right corner. This is linear, costs nothing to train and gives the U-Net small
colour pictures to learn; the decoder does the rest. `write_encoder` lays the same computation into the weights of
the KL-f8 encoder, so that other programs compute it without knowing.
"""

from __future__ import annotations

import numpy as np
import torch

from tools.crayon.network import LATENT_SCALE

BLOCK_PX = 8
COLOUR_AXES = torch.tensor([[1 / 3, 1 / 3, 1 / 3], [0.5, 0.0, -0.5], [-0.25, 0.5, -0.25]])
LATENT_MEAN = torch.tensor([0.35, -0.03, 0.0, 0.0])
LATENT_DEVIATION = torch.tensor([0.45, 0.27, 0.134, 0.3])
_LOUD = 24.0
_LOG_VARIANCE = -12.0


def raw_latents(pixels: torch.Tensor) -> torch.Tensor:
    """Return the four features of each block, before they are standardised.

    Shapes: [B, 3, h, w] in [-1, 1] -> [B, 4, h / 8, w / 8]
    """
    blocks = pixels.unflatten(3, (-1, BLOCK_PX)).unflatten(2, (-1, BLOCK_PX))
    colours = torch.einsum("fc,bchiwj->bfhw", COLOUR_AXES, blocks) / BLOCK_PX**2
    ramp = torch.arange(BLOCK_PX) - (BLOCK_PX - 1) / 2
    slope = torch.einsum("ij,bhiwj->bhw", ramp[:, None] + ramp, blocks.mean(1)) / BLOCK_PX**2
    return torch.cat([colours, slope[:, None]], 1)


def standard_latents(pixels: torch.Tensor) -> torch.Tensor:
    """Return latents of mean 0 and deviation 1, as the U-Net sees them.

    Shapes: [B, 3, h, w] in [-1, 1] -> [B, 4, h / 8, w / 8]
    """
    return (raw_latents(pixels) - LATENT_MEAN[:, None, None]) / LATENT_DEVIATION[:, None, None]


def preview_factors() -> list[list[float]]:
    """Return what each latent channel adds to red, green and blue, and the bias: the encoder undone."""
    colours = torch.linalg.inv(COLOUR_AXES)
    factors = torch.zeros(5, 3)
    factors[:3] = (colours * LATENT_DEVIATION[:3]).T
    factors[4] = colours @ LATENT_MEAN[:3]
    return [[round(value, 5) for value in row] for row in factors.tolist()]


@torch.no_grad()
def write_encoder(vae: torch.nn.Module) -> None:
    """Lay `standard_latents` / 0.18215 into the encoder's weights.

    Residual blocks and attention become identities. The last group norm is kept linear by a loud constant in each
    group, the last activation by the identity silu(x) - silu(-x) = x.
    """
    for part in (vae.encoder, vae.quant_conv):
        for name, weight in part.named_parameters():
            torch.nn.init.constant_(weight, 1.0 if "norm" in name and name.endswith("weight") else 0.0)
    for channel in range(3):
        vae.encoder.conv_in.weight[channel, channel, 1, 1] = 1.0
    for level, block in enumerate(vae.encoder.down_blocks[:3]):
        _write_halving(block.downsamplers[0].conv.weight, step=2.0**level)
    narrowing = vae.encoder.down_blocks[1].resnets[0].conv_shortcut
    narrowing.weight[:4, :4, 0, 0] = torch.eye(4)
    _write_features(vae.encoder.down_blocks[3].resnets[0].conv_shortcut)
    _write_output(vae.encoder.conv_norm_out, vae.encoder.conv_out)
    vae.quant_conv.weight[:4, :4, 0, 0] = torch.diag(1 / (LATENT_DEVIATION * LATENT_SCALE))
    vae.quant_conv.bias[:4] = -LATENT_MEAN / (LATENT_DEVIATION * LATENT_SCALE)
    vae.quant_conv.bias[4:] = _LOG_VARIANCE


def _write_halving(kernel: torch.Tensor, step: float) -> None:
    """Average two by two pixels of the colours, and carry the slope (channel 3) along.

    Shapes: kernel: [C, C, 3, 3]
    """
    for channel in range(4):
        kernel[channel, channel, :2, :2] = 0.25
    offsets = torch.tensor([[-step, 0.0], [0.0, step]])
    kernel[3, :3, :2, :2] = offsets * 0.25 / 3


def _write_features(shortcut: torch.nn.Module) -> None:
    """Spread feature f over norm group f as (f, -f, loud).

    Shapes: shortcut.weight: [96, 64, 1, 1]
    """
    axes = torch.zeros(4, 4)
    axes[:3, :3], axes[3, 3] = COLOUR_AXES, 1.0
    for feature in range(4):
        first = feature * 3
        shortcut.weight[first, :4, 0, 0] = axes[feature]
        shortcut.weight[first + 1, :4, 0, 0] = -axes[feature]
        shortcut.bias[first + 2] = _LOUD


def _write_output(norm: torch.nn.Module, conv: torch.nn.Module) -> None:
    """Undo the group norm: a group's mean is a third of the loud constant, its deviation √2 thirds of it.

    Shapes: conv.weight: [8, 96, 3, 3]
    """
    for feature in range(4):
        first = feature * 3
        norm.bias[first : first + 2] = 0.5**0.5
        conv.weight[feature, first, 1, 1] = _LOUD * 2**0.5 / 3
        conv.weight[feature, first + 1, 1, 1] = -_LOUD * 2**0.5 / 3


def latent_statistics(pictures: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and deviation of the raw features: the source of the constants above.

    Shapes: pictures: [N, h, w, 3]; result: [4], [4]
    """
    from tools.crayon.pictures import to_tensor

    latents = raw_latents(to_tensor(pictures))
    return latents.mean((0, 2, 3)), latents.std((0, 2, 3))
