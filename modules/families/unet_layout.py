"""The Stable Diffusion U-Net, read off the shapes of its tensors.

Names are those of the original code (``input_blocks.4.1.proj_in``, here "file names") and those of the
diffusers modules that compute it (``down_blocks.1.attentions.0.proj_in``, "module names").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from modules.families.evidence import NORM_GROUPS, Shapes, count_indices, shape_of
from modules.foundation.errors import ModelFileError

GUIDANCE_EMBEDDING = "time_embed.cond_proj"
"""Told apart latent consistency models that were trained from it: how strong guidance is."""
_RESNET_PARTS = {"in_layers.0": "norm1", "in_layers.2": "conv1", "emb_layers.1": "time_emb_proj",
                 "out_layers.0": "norm2", "out_layers.3": "conv2", "skip_connection": "conv_shortcut"}
_OUTER_PARTS = {"time_embed.0": "time_embedding.linear_1", "time_embed.2": "time_embedding.linear_2",
                "label_emb.0.0": "class_embedding.linear_1", "label_emb.0.2": "class_embedding.linear_2",
                "input_blocks.0.0": "conv_in", "out.0": "conv_norm_out", "out.2": "conv_out"}
_OTHER_OUTER_NAMES = {"add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2",
                      "time_embedding.cond_proj": GUIDANCE_EMBEDDING}
"""Further module names that diffusers uses."""


@dataclass(frozen=True)
class UNetLayout:
    """Widths and depths. Levels go from the finest to the coarsest."""

    in_channels: int
    out_channels: int
    widths: tuple[int, ...]
    resnets_per_level: int
    attention_depths: tuple[int, ...]
    """Transformer blocks in each attention of a level; 0 for a level without attention."""
    middle_depth: int
    context_width: int
    linear_projections: bool
    vector_width: int | None
    """Size of the extra conditioning vector; None for models without one."""
    heads: tuple[int, ...]
    """Attention heads per level."""


def read_unet_layout(shapes: Shapes, *, heads: int | None, head_width: int | None) -> UNetLayout:
    """Read a U-Net's sizes; ``shapes`` has file names without prefix. Raises: ModelFileError."""
    first = shape_of(shapes, "input_blocks.0.0.weight", 4)
    widths, depths, resnets = _read_levels(shapes)
    context = next((shape[1] for name, shape in shapes.items()
                    if name.endswith("attn2.to_k.weight") and len(shape) == 2), 0)
    if not context or any(width % NORM_GROUPS for width in widths):
        raise ModelFileError(f"The checkpoint's U-Net has widths no Stable Diffusion has ({list(widths)}).")
    vector = shape_of(shapes, "label_emb.0.0.weight", 2)[1] if "label_emb.0.0.weight" in shapes else None
    return UNetLayout(
        in_channels=first[1], out_channels=shape_of(shapes, "out.2.weight", 4)[0], widths=widths,
        resnets_per_level=resnets, attention_depths=depths,
        middle_depth=count_indices(shapes, "middle_block.1.transformer_blocks."), context_width=context,
        linear_projections=len(shapes.get("middle_block.1.proj_in.weight", ())) == 2, vector_width=vector,
        heads=tuple(_heads(width, heads, head_width) for width in widths))


def _read_levels(shapes: Shapes) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Walk the input blocks: resnets, and a downsampler at the end of each level but the last."""
    levels: list[list[tuple[int, int]]] = [[]]
    for block in range(1, count_indices(shapes, "input_blocks.")):
        if f"input_blocks.{block}.0.op.weight" in shapes:
            levels.append([])
            continue
        width = shape_of(shapes, f"input_blocks.{block}.0.in_layers.2.weight", 4)[0]
        levels[-1].append((width, count_indices(shapes, f"input_blocks.{block}.1.transformer_blocks.")))
    if len({len(level) for level in levels}) != 1 or not levels[0] or any(len(set(level)) != 1 for level in levels):
        raise ModelFileError("The checkpoint's U-Net has levels of uneven depth, which no Stable Diffusion has.")
    return (tuple(level[0][0] for level in levels), tuple(level[0][1] for level in levels), len(levels[0]))


def _heads(width: int, heads: int | None, head_width: int | None) -> int:
    count = width // head_width if head_width else heads or 0
    if count < 1 or width % count:
        raise ModelFileError(f"Attention of width {width} cannot be divided into {count} heads.",
                             remedy="Correct the head count in the .yaml beside the checkpoint.")
    return count


def name_unet_blocks(layout: UNetLayout) -> dict[str, str]:
    """Map each block's file name to its module name: ``input_blocks.1.0`` to ``down_blocks.0.resnets.0``."""
    return _name_blocks(layout.attention_depths, layout.resnets_per_level)


def _name_blocks(depths: Sequence[int], resnets: int) -> dict[str, str]:
    names = {"middle_block.0": "mid_block.resnets.0", "middle_block.1": "mid_block.attentions.0",
             "middle_block.2": "mid_block.resnets.1"}
    names.update(_name_input_blocks(depths, resnets))
    names.update(_name_output_blocks(depths, resnets))
    return names


def _name_input_blocks(depths: Sequence[int], resnets: int) -> Iterator[tuple[str, str]]:
    block = 1
    for level, depth in enumerate(depths):
        for resnet in range(resnets):
            yield f"input_blocks.{block}.0", f"down_blocks.{level}.resnets.{resnet}"
            if depth:
                yield f"input_blocks.{block}.1", f"down_blocks.{level}.attentions.{resnet}"
            block += 1
        if level < len(depths) - 1:
            yield f"input_blocks.{block}.0.op", f"down_blocks.{level}.downsamplers.0.conv"
            block += 1


def _name_output_blocks(depths: Sequence[int], resnets: int) -> Iterator[tuple[str, str]]:
    block = 0
    for step, depth in enumerate(reversed(depths)):
        for resnet in range(resnets + 1):
            yield f"output_blocks.{block}.0", f"up_blocks.{step}.resnets.{resnet}"
            if depth:
                yield f"output_blocks.{block}.1", f"up_blocks.{step}.attentions.{resnet}"
            if resnet == resnets and step < len(depths) - 1:
                yield f"output_blocks.{block}.{2 if depth else 1}.conv", f"up_blocks.{step}.upsamplers.0.conv"
            block += 1


def name_unet_tensors(layout: UNetLayout, names: Iterable[str]) -> dict[str, str]:
    """Map file names of tensors to module names; names of no U-Net tensor are left out."""
    blocks = {**_OUTER_PARTS, **name_unet_blocks(layout)}
    renamed = {}
    for name in names:
        module = _rename(name, blocks, _RESNET_PARTS)
        if module:
            renamed[name] = module
    return renamed


def original_unet_names(shapes: Shapes) -> dict[str, str]:
    """Map module names of tensors to file names; names of no U-Net tensor are left out."""
    levels = range(count_indices(shapes, "down_blocks."))
    depths = [count_indices(shapes, f"down_blocks.{level}.attentions.0.transformer_blocks.") for level in levels]
    blocks = {**_OUTER_PARTS, **_name_blocks(depths, count_indices(shapes, "down_blocks.0.resnets."))}
    files = {module: file for file, module in blocks.items()} | _OTHER_OUTER_NAMES
    parts = {module: file for file, module in _RESNET_PARTS.items()}
    renamed = {name: _rename(name, files, parts if ".resnets." in name else {}) for name in shapes}
    return {name: file for name, file in renamed.items() if file}


def _rename(name: str, blocks: Mapping[str, str], inside: Mapping[str, str]) -> str | None:
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):  # the longest name first: "input_blocks.3.0.op" before ".3.0"
        block = blocks.get(".".join(parts[:length]))
        if block:
            inner, leaf = ".".join(parts[length:-1]), parts[-1]
            return ".".join(piece for piece in (block, inside.get(inner, inner), leaf) if piece)
    return None
