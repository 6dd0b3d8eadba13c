"""How far away what a picture shows is, as depth-to-image models want to be told.

Reference: MiDaS's DPT-Hybrid (arXiv:2103.13413) with its preparation of pictures; A1111 v1.10.1 for the scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from transformers import DPTConfig, DPTForDepthEstimation

from modules.engine.filling import Draft, build_empty
from modules.families.depth_layout import PATCH_PX, DepthLayout, name_depth_tensors, read_depth_layout
from modules.foundation.size import Size

_MULTIPLE_PX = 32


class DepthEstimator(nn.Module):
    """transformers' network, for pictures of any shape."""

    def __init__(self, layout: DepthLayout) -> None:
        super().__init__()
        self.layout = layout
        self.network = DPTForDepthEstimation(_configure(layout))
        self._patches = (0, 0)
        self.network.neck.register_forward_pre_hook(self._say_shape)

    def forward(self, pixels: torch.Tensor, cells: Size) -> torch.Tensor:
        """Estimate depth. Shapes: ``[B, 3, H, W]`` -> ``[B, 1, h, w]``. Range: both -1 to 1, each picture's whole."""
        like = next(self.parameters())
        size = _fitted(Size(pixels.shape[-1], pixels.shape[-2]), self.layout.side_px)
        fitted = F.interpolate(pixels.float(), (size.height, size.width), mode="bicubic", align_corners=False)
        self.network.dpt.embeddings.image_size = (size.height, size.width)
        self._patches = (size.height // PATCH_PX, size.width // PATCH_PX)
        depth = self.network(fitted.to(like.device, like.dtype)).predicted_depth.to(pixels)[:, None]
        depth = F.interpolate(depth, (cells.height, cells.width), mode="bicubic", align_corners=False)
        least, most = depth.amin((1, 2, 3), keepdim=True), depth.amax((1, 2, 3), keepdim=True)
        return 2 * (depth - least) / (most - least).clamp(min=torch.finfo(depth.dtype).tiny) - 1

    def _say_shape(self, _neck: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Tell the neck the shape of the patches, which transformers takes for a square."""
        return inputs[0], *self._patches


def draft_depth_estimator(tensors: Mapping[str, torch.Tensor]) -> Draft[DepthEstimator]:
    """Pair a depth network with tensors under their file names without prefix. Raises: ModelFileError."""
    named: dict[str, torch.Tensor] = {}
    for name, module in name_depth_tensors(tensors).items():
        if ".qkv." in module:
            named.update({module.replace("qkv", part): piece
                          for part, piece in zip(("query", "key", "value"), tensors[name].chunk(3))})
        else:
            named[module] = tensors[name]
    layout = read_depth_layout({name: tuple(tensor.shape) for name, tensor in named.items()})
    return Draft(build_empty(lambda: DepthEstimator(layout)),
                 {f"network.{name}": tensor for name, tensor in named.items()})


def _fitted(size: Size, side_px: int) -> Size:
    """Bring the side nearer to the network's to its length, and both to multiples of 32, as MiDaS does."""
    scale = min((side_px / size.height, side_px / size.width), key=lambda factor: abs(1 - factor))
    return Size(*(max(round(side * scale / _MULTIPLE_PX), 1) * _MULTIPLE_PX for side in (size.width, size.height)))


def _configure(layout: DepthLayout) -> DPTConfig:
    quarters = [layout.layers * part // 4 - 1 for part in (1, 2, 3, 4)]
    grid = layout.side_px // PATCH_PX
    return DPTConfig(
        is_hybrid=True, hidden_size=layout.width, num_hidden_layers=layout.layers, num_attention_heads=layout.heads,
        intermediate_size=layout.inner_width, image_size=layout.side_px, patch_size=PATCH_PX, layer_norm_eps=1e-6,
        backbone_out_indices=quarters, reassemble_factors=[1, 1, 1, 0.5], neck_hidden_sizes=list(layout.neck_widths),
        fusion_hidden_size=layout.fusion_width, readout_type="project", neck_ignore_stages=[0, 1],
        backbone_featmap_shape=[1, layout.stage_widths[-1], grid, grid],
        backbone_config={"model_type": "bit", "global_padding": "same", "layer_type": "bottleneck",
                         "depths": list(layout.stage_depths), "embedding_size": layout.trunk_width,
                         "hidden_sizes": list(layout.stage_widths), "out_features": ["stage1", "stage2", "stage3"],
                         "embedding_dynamic_padding": True})
