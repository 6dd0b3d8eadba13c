"""Translate between diffusers' and transformers' weight names and the original SD 1.x single-file layout."""

from __future__ import annotations

from collections.abc import Iterator

import torch

_RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
    "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
}  # fmt: skip
_VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
_LEVELS, _BLOCKS = 4, 2
UNET_PREFIX = "model.diffusion_model."
VAE_PREFIX = "first_stage_model."
TEXT_PREFIX = "cond_stage_model.transformer.text_model."

Tensors = dict[str, torch.Tensor]


def to_single_file(unet: Tensors, vae: Tensors, text: Tensors) -> Tensors:
    """Gather the three networks' weights under the names of the original layout."""
    whole = {UNET_PREFIX + _renamed(name, _unet_prefixes(), _RESNET): tensor for name, tensor in unet.items()}
    for name, tensor in vae.items():
        fresh = _vae_name(name)
        whole[VAE_PREFIX + fresh] = tensor[:, :, None, None] if _is_vae_projection(fresh, tensor) else tensor
    for name, tensor in text.items():
        if not name.endswith("position_ids"):
            whole[TEXT_PREFIX + name.removeprefix("text_model.")] = tensor
    return whole


def from_single_file(whole: Tensors, unet: Tensors, vae: Tensors, text: Tensors) -> tuple[Tensors, Tensors, Tensors]:
    """Return the three networks' weights under the names that the given ones have.

    Raises: KeyError when the file lacks a weight.
    """
    empty: tuple[Tensors, Tensors, Tensors] = ({}, {}, {})
    for name in unet:
        empty[0][name] = whole[UNET_PREFIX + _renamed(name, _unet_prefixes(), _RESNET)]
    for name, tensor in vae.items():
        empty[1][name] = whole[VAE_PREFIX + _vae_name(name)].reshape(tensor.shape)
    for name in text:
        empty[2][name] = whole[TEXT_PREFIX + name.removeprefix("text_model.")]
    return empty


def _unet_prefixes() -> Iterator[tuple[str, str]]:
    """Yield pairs of a block's name in diffusers and in the original layout."""
    yield from {
        "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
        "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
        "mid_block.resnets.0": "middle_block.0", "mid_block.attentions.0": "middle_block.1",
        "mid_block.resnets.1": "middle_block.2",
    }.items()  # fmt: skip
    for level in range(_LEVELS):
        for block in range(_BLOCKS):
            number = 1 + level * (_BLOCKS + 1) + block
            yield f"down_blocks.{level}.resnets.{block}", f"input_blocks.{number}.0"
            yield f"down_blocks.{level}.attentions.{block}", f"input_blocks.{number}.1"
        yield f"down_blocks.{level}.downsamplers.0.conv", f"input_blocks.{(level + 1) * (_BLOCKS + 1)}.0.op"
        for block in range(_BLOCKS + 1):
            number = level * (_BLOCKS + 1) + block
            yield f"up_blocks.{level}.resnets.{block}", f"output_blocks.{number}.0"
            yield f"up_blocks.{level}.attentions.{block}", f"output_blocks.{number}.1"
        last, place = level * (_BLOCKS + 1) + _BLOCKS, 1 if level == 0 else 2
        yield f"up_blocks.{level}.upsamplers.0.conv", f"output_blocks.{last}.{place}.conv"


def _vae_prefixes() -> Iterator[tuple[str, str]]:
    for half in ("encoder", "decoder"):
        yield f"{half}.conv_norm_out", f"{half}.norm_out"
        yield f"{half}.mid_block.resnets.0", f"{half}.mid.block_1"
        yield f"{half}.mid_block.attentions.0", f"{half}.mid.attn_1"
        yield f"{half}.mid_block.resnets.1", f"{half}.mid.block_2"
    for level in range(_LEVELS):
        mirrored = _LEVELS - 1 - level
        yield f"encoder.down_blocks.{level}.downsamplers.0", f"encoder.down.{level}.downsample"
        yield f"decoder.up_blocks.{level}.upsamplers.0", f"decoder.up.{mirrored}.upsample"
        for block in range(_BLOCKS + 1):
            yield f"encoder.down_blocks.{level}.resnets.{block}", f"encoder.down.{level}.block.{block}"
            yield f"decoder.up_blocks.{level}.resnets.{block}", f"decoder.up.{mirrored}.block.{block}"


def _renamed(name: str, prefixes: Iterator[tuple[str, str]], leaves: dict[str, str]) -> str:
    for old, new in prefixes:
        if name.startswith(f"{old}."):
            rest = name[len(old) + 1 :]
            leaf, _, ending = rest.rpartition(".")
            return f"{new}.{leaves.get(leaf, leaf)}.{ending}" if leaf else f"{new}.{ending}"
    raise KeyError(f"no place in the single-file layout for {name}")


def _vae_name(name: str) -> str:
    if name.startswith(("quant_conv.", "post_quant_conv.", "encoder.conv_in.", "decoder.conv_in.")):
        return name
    if name.startswith(("encoder.conv_out.", "decoder.conv_out.")):
        return name
    return _renamed(name, _vae_prefixes(), {**_VAE_ATTENTION, "conv_shortcut": "nin_shortcut"})


def _is_vae_projection(name: str, tensor: torch.Tensor) -> bool:
    return ".attn_1." in name and tensor.ndim == 2
