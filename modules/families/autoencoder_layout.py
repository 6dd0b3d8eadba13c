"""The Stable Diffusion VAE, read off the shapes of its tensors.

File names are those of the original code, module names those of diffusers' ``AutoencoderKL``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from modules.families.evidence import NORM_GROUPS, Shapes, count_indices, shape_of
from modules.foundation.errors import ModelFileError

_OUTER_PARTS = {"norm_out": "conv_norm_out", "nin_shortcut": "conv_shortcut"}
_MIDDLE_PARTS = {"block_1": "resnets.0", "block_2": "resnets.1", "attn_1": "attentions.0"}
_ATTENTION_PARTS = {"norm": "group_norm", "q": "to_q", "k": "to_k", "v": "to_v", "proj_out": "to_out.0"}
_OLD_ATTENTION_PARTS = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
"""The names that early conversions of VAE files used."""


@dataclass(frozen=True)
class AutoencoderLayout:
    """Widths from the finest level to the coarsest."""

    widths: tuple[int, ...]
    resnets_per_level: int
    latent_channels: int


def read_autoencoder_layout(shapes: Shapes) -> AutoencoderLayout:
    """Read a VAE's sizes; ``shapes`` has file names without prefix. Raises: ModelFileError."""
    levels = count_indices(shapes, "encoder.down.")
    widths = tuple(shape_of(shapes, f"encoder.down.{level}.block.0.conv1.weight", 4)[0] for level in range(levels))
    if not widths or any(width % NORM_GROUPS for width in widths):
        raise ModelFileError(f"The VAE has widths no Stable Diffusion has ({list(widths)}).")
    return AutoencoderLayout(
        widths=widths, resnets_per_level=count_indices(shapes, "encoder.down.0.block."),
        latent_channels=shape_of(shapes, "decoder.conv_in.weight", 4)[1])


def name_autoencoder_tensors(layout: AutoencoderLayout, names: Iterable[str]) -> dict[str, str]:
    """Map file names of tensors to module names; names of no VAE tensor are left out."""
    return {name: _rename(name, len(layout.widths)) for name in names
            if name.startswith(("encoder.", "decoder.", "quant_conv.", "post_quant_conv."))}


def original_autoencoder_names(names: Iterable[str]) -> dict[str, str]:
    """Map diffusers' names of tensors to file names."""
    names = list(names)
    levels = count_indices(dict.fromkeys(names, ()), "decoder.up_blocks.")
    return {name: _restore(name, levels) for name in names}


def _restore(name: str, levels: int) -> str:
    name = re.sub(r"\.down_blocks\.(\d+)\.resnets\.", r".down.\1.block.", name)
    name = re.sub(r"\.down_blocks\.(\d+)\.downsamplers\.0\.", r".down.\1.downsample.", name)
    name = re.sub(r"\.up_blocks\.(\d+)\.resnets\.", lambda found: f".up.{levels - 1 - int(found[1])}.block.", name)
    name = re.sub(r"\.up_blocks\.(\d+)\.upsamplers\.0\.",
                  lambda found: f".up.{levels - 1 - int(found[1])}.upsample.", name)
    middle = re.fullmatch(r"(encoder|decoder)\.mid_block\.(\w+\.\d)\.(.+)\.(weight|bias)", name)
    if middle:
        half, block, part, leaf = middle.groups()
        if block.startswith("attentions"):
            part = _find(part, _ATTENTION_PARTS)
        return f"{half}.mid.{_find(block, _MIDDLE_PARTS)}.{_find(part, _OUTER_PARTS)}.{leaf}"
    return ".".join(_find(piece, _OUTER_PARTS) for piece in name.split("."))


def _find(module: str, parts: Mapping[str, str]) -> str:
    """Look a module name's file name up; names that are the same in both stay."""
    return next((file for file, known in parts.items() if known == module), module)


def _rename(name: str, levels: int) -> str:
    name = re.sub(r"\.down\.(\d+)\.block\.(\d+)\.", r".down_blocks.\1.resnets.\2.", name)
    name = re.sub(r"\.down\.(\d+)\.downsample\.", r".down_blocks.\1.downsamplers.0.", name)
    name = re.sub(r"\.up\.(\d+)\.(block\.(\d+)|upsample)\.", lambda found: _rename_up(found, levels), name)
    middle = re.fullmatch(r"(encoder|decoder)\.mid\.(\w+)\.(.+)\.(weight|bias)", name)
    if middle:
        half, block, part, leaf = middle.groups()
        if block.startswith("attn"):
            part = (_ATTENTION_PARTS | _OLD_ATTENTION_PARTS).get(part, part)
        return f"{half}.mid_block.{_MIDDLE_PARTS.get(block, block)}.{_OUTER_PARTS.get(part, part)}.{leaf}"
    return ".".join(_OUTER_PARTS.get(piece, piece) for piece in name.split("."))


def _rename_up(found: re.Match[str], levels: int) -> str:
    """Number the decoder's levels from the coarsest, as diffusers does."""
    level = levels - 1 - int(found[1])
    part = f"resnets.{found[3]}" if found[3] else "upsamplers.0"
    return f".up_blocks.{level}.{part}."
