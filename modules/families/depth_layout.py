"""The network inside a depth-to-image checkpoint, read off the shapes of its tensors.

It is MiDaS's DPT-Hybrid: file names are those of the original code, module names those of transformers'
``DPTForDepthEstimation``, which diffusers' folders have in their files.
Reference: Ranftl et al., arXiv:2103.13413; https://github.com/isl-org/MiDaS.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from modules.families.evidence import NORM_GROUPS, Shapes, count_indices, shape_of
from modules.foundation.errors import ModelFileError

_HEAD_WIDTH = 64
PATCH_PX = 16
_BACKBONE = "dpt.embeddings.backbone.bit."
_BLOCK_PARTS = {"norm1": "layernorm_before", "norm2": "layernorm_after", "attn.qkv": "attention.attention.qkv",
                "attn.proj": "attention.output.dense", "mlp.fc1": "intermediate.dense", "mlp.fc2": "output.dense"}
_TAIL_PARTS = {"0.project.0": "readout_projects.{}.0", "3": "layers.{}.projection", "4": "layers.{}.resize"}
_OUTER: tuple[tuple[str, str], ...] = (
    ("pretrained.model.cls_token", "dpt.embeddings.cls_token"),
    ("pretrained.model.pos_embed", "dpt.embeddings.position_embeddings"),
    ("pretrained.model.patch_embed.proj.", "dpt.embeddings.projection."),
    ("pretrained.model.patch_embed.backbone.stem.conv.", f"{_BACKBONE}embedder.convolution."),
    ("pretrained.model.patch_embed.backbone.stem.norm.", f"{_BACKBONE}embedder.norm."),
    ("pretrained.model.norm.", "dpt.layernorm."),
    ("scratch.output_conv.", "head.head."),
)
_STAGE = re.compile(r"pretrained\.model\.patch_embed\.backbone\.stages\.(\d+)\.blocks\.(\d+)\.(.+)")
_BLOCK = re.compile(r"pretrained\.model\.blocks\.(\d+)\.(.+)\.(weight|bias)")
_TAIL = re.compile(r"pretrained\.act_postprocess([34])\.(0\.project\.0|3|4)\.(weight|bias)")
_NECK = re.compile(r"scratch\.layer([1-4])_rn\.(.+)")
_FUSION = re.compile(r"scratch\.refinenet([1-4])\.(?:(out_conv)|resConfUnit([12])\.conv([12]))\.(weight|bias)")


@dataclass(frozen=True)
class DepthLayout:
    """Sizes of the three parts: a convolutional trunk, a transformer, and the neck that fuses both."""

    trunk_width: int
    stage_widths: tuple[int, ...]
    stage_depths: tuple[int, ...]
    width: int
    layers: int
    inner_width: int
    side_px: int
    """The picture it was trained on is a square of this side."""
    neck_widths: tuple[int, ...]
    fusion_width: int

    @property
    def heads(self) -> int:
        return _heads(self.width)


def _heads(width: int) -> int:
    return max(width // _HEAD_WIDTH, 1)


def read_depth_layout(shapes: Shapes) -> DepthLayout:
    """Read the network's sizes; ``shapes`` has module names. Raises: ModelFileError."""
    stages = range(count_indices(shapes, f"{_BACKBONE}encoder.stages."))
    widths = tuple(shape_of(shapes, f"{_BACKBONE}encoder.stages.{stage}.layers.0.conv3.weight", 4)[0]
                   for stage in stages)
    layers = count_indices(shapes, "dpt.encoder.layer.")
    cells = shape_of(shapes, "dpt.embeddings.position_embeddings", 3)
    side = math.isqrt(max(cells[1] - 1, 0))
    trunk = shape_of(shapes, f"{_BACKBONE}embedder.convolution.weight", 4)[0]
    odd = any(width % (4 * NORM_GROUPS) for width in widths) or trunk % NORM_GROUPS or side * side + 1 != cells[1]
    if len(widths) != 3 or odd or layers < 4 or cells[2] % _heads(cells[2]):
        raise ModelFileError("The checkpoint's depth network is not MiDaS's DPT-Hybrid, the one that is known.")
    convolutions = [shape_of(shapes, f"neck.convs.{index}.weight", 4) for index in range(4)]
    return DepthLayout(
        trunk_width=trunk, stage_widths=widths,
        stage_depths=tuple(count_indices(shapes, f"{_BACKBONE}encoder.stages.{stage}.layers.") for stage in stages),
        width=cells[2], layers=layers,
        inner_width=shape_of(shapes, "dpt.encoder.layer.0.intermediate.dense.weight", 2)[0],
        side_px=side * PATCH_PX, neck_widths=tuple(shape[1] for shape in convolutions),
        fusion_width=convolutions[0][0])


def name_depth_tensors(names: Iterable[str]) -> dict[str, str]:
    """Map file names of tensors, in either dialect, to module names; names of no such tensor are left out.

    Query, key and value of MiDaS's files are one tensor: its name ends in ``qkv.weight`` or ``qkv.bias``.
    """
    renamed = {name: name if name.startswith(("dpt.", "neck.", "head.")) else _rename(name) for name in names}
    return {name: module for name, module in renamed.items() if module}


def _rename(name: str) -> str | None:
    for start, module in _OUTER:
        if name.startswith(start):
            return module + name[len(start):]
    if found := _STAGE.fullmatch(name):
        return f"{_BACKBONE}encoder.stages.{found[1]}.layers.{found[2]}.{found[3]}"
    if found := _BLOCK.fullmatch(name):
        return f"dpt.encoder.layer.{found[1]}.{_BLOCK_PARTS.get(found[2], found[2])}.{found[3]}"
    if found := _TAIL.fullmatch(name):
        return f"neck.reassemble_stage.{_TAIL_PARTS[found[2]].format(int(found[1]) - 1)}.{found[3]}"
    if found := _NECK.fullmatch(name):
        return f"neck.convs.{int(found[1]) - 1}.{found[2]}"
    if found := _FUSION.fullmatch(name):
        inside = "projection" if found[2] else f"residual_layer{found[3]}.convolution{found[4]}"
        return f"neck.fusion_stage.layers.{4 - int(found[1])}.{inside}.{found[5]}"
    return None
