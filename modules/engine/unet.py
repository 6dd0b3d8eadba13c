"""Building the U-Net: diffusers' modules, with the original's way of handling odd sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.models.upsampling import Upsample2D
from torch import nn

from modules.engine.filling import Draft, build_empty
from modules.families.unet_layout import UNetLayout, name_unet_tensors


class FittingUpsample(Upsample2D):
    """Double the size, convolve, and only then fit the result to the skip connection it will meet.

    diffusers fits before the convolution, which differs at the far edges whenever a side is not a
    multiple of 64 pixels.

    Reference: A1111 v1.10.1, for pictures of such sizes to come out the same.
    """

    def forward(self, hidden_states: torch.Tensor, output_size: Any = None, *args: Any, **kwargs: Any
                ) -> torch.Tensor:
        doubled = super().forward(hidden_states)
        if output_size is None or doubled.shape[-2:] == output_size:
            return doubled
        return nn.functional.interpolate(doubled, size=tuple(output_size), mode="nearest")


def build_unet(layout: UNetLayout) -> UNet2DConditionModel:
    """Construct an empty U-Net of these sizes, on the meta device."""
    return build_empty(lambda: _construct(layout))


def draft_unet(layout: UNetLayout, tensors: Mapping[str, torch.Tensor]) -> Draft[UNet2DConditionModel]:
    """Pair a U-Net with tensors under their file names without prefix. Raises: ModelFileError."""
    names = name_unet_tensors(layout, tensors)
    return Draft(build_unet(layout), {module: tensors[name] for name, module in names.items()})


def _construct(layout: UNetLayout) -> UNet2DConditionModel:
    has_attention = [depth > 0 for depth in layout.attention_depths]
    unet = UNet2DConditionModel(
        in_channels=layout.in_channels,
        out_channels=layout.out_channels,
        block_out_channels=layout.widths,
        layers_per_block=layout.resnets_per_level,
        down_block_types=tuple("CrossAttnDownBlock2D" if found else "DownBlock2D" for found in has_attention),
        up_block_types=tuple("CrossAttnUpBlock2D" if found else "UpBlock2D" for found in reversed(has_attention)),
        transformer_layers_per_block=_depths(layout),
        cross_attention_dim=layout.context_width,
        attention_head_dim=layout.heads,  # diffusers' name for the number of heads
        use_linear_projection=layout.linear_projections,
        class_embed_type="projection" if layout.vector_width else None,
        projection_class_embeddings_input_dim=layout.vector_width,
    )
    for block in unet.up_blocks:
        if block.upsamplers is not None:
            block.upsamplers = nn.ModuleList(FittingUpsample(up.channels, use_conv=True, out_channels=up.out_channels)
                                             for up in block.upsamplers)
    return unet


def _depths(layout: UNetLayout) -> tuple[int, ...]:
    """Give the transformer depths per level; diffusers takes the middle block's from the last level."""
    depths = list(layout.attention_depths)
    depths[-1] = depths[-1] or layout.middle_depth
    return tuple(depths)
