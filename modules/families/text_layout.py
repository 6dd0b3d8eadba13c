"""Text encoders of the CLIP kind, read off the shapes of their tensors.

Files hold them in two dialects, that of transformers and that of OpenCLIP; module names are those of
transformers' ``CLIPTextModel``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from modules.families.evidence import Shapes, count_indices, shape_of
from modules.families.sidecar import TextSettings
from modules.foundation.errors import ModelFileError

END_TOKEN = 49407
HEADS_METADATA = "webui.text_encoder_heads"
_HEAD_WIDTH = 64
_OLD_PREFIX = "text_model."
"""Files have it or not, by the version of transformers they were saved with."""
_PLAIN_PARTS = ("embeddings.", "encoder.", "final_layer_norm.")
_OPEN_BLOCK = re.compile(r"transformer\.resblocks\.(\d+)\.(.+)")
_OPEN_PARTS = {"attn.out_proj": "self_attn.out_proj", "ln_1": "layer_norm1", "ln_2": "layer_norm2",
               "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2"}
_OPEN_OUTER = {"positional_embedding": "embeddings.position_embedding.weight",
               "token_embedding.weight": "embeddings.token_embedding.weight",
               "ln_final.weight": "final_layer_norm.weight", "ln_final.bias": "final_layer_norm.bias",
               "text_projection": "text_projection", "text_projection.weight": "text_projection"}


@dataclass(frozen=True)
class TextRecipe:
    """How a family uses one of its text encoders."""

    name: str
    """``clip_l``, ``clip_h`` or ``clip_g``: also the names of the parts of an SDXL embedding file."""
    prefix: str
    open_clip: bool
    layer_from_end: int
    """Which layer's output is the conditioning: 1 the last, 2 the last but one."""
    final_norm: bool
    """Whether the layer's output passes through the final normalisation."""
    follows_clip_skip: bool
    pooled: bool
    pad_token: int
    cut_by_converters: bool = False
    """Whether files in transformers' dialect lack the last layer, which is never used."""


@dataclass(frozen=True)
class TextTower:
    """One text encoder of one checkpoint."""

    recipe: TextRecipe
    width: int
    layers: int
    heads: int
    inner_width: int
    vocabulary: int
    positions: int
    projection_width: int | None
    activation: str


def read_text_tower(shapes: Shapes, recipe: TextRecipe, heads: int | None, settings: TextSettings) -> TextTower:
    """Read a text encoder's sizes; ``shapes`` has file names without prefix.

    ``heads`` is what the file's header says. Raises: ModelFileError.
    """
    if _in_open_dialect(recipe, shapes):
        embedding, block, inner = "token_embedding.weight", "transformer.resblocks.", "mlp.c_fc"
        positions = shape_of(shapes, "positional_embedding", 2)
    else:
        shapes = {name.removeprefix(_OLD_PREFIX): shape for name, shape in shapes.items()}
        embedding, block, inner = "embeddings.token_embedding.weight", "encoder.layers.", "mlp.fc1"
        positions = shape_of(shapes, "embeddings.position_embedding.weight", 2)
        if recipe.cut_by_converters:
            recipe = replace(recipe, layer_from_end=1)
    activation = "gelu" if recipe.open_clip else "quick_gelu"
    vocabulary, width = shape_of(shapes, embedding, 2)
    return TextTower(
        recipe=recipe, width=width, layers=count_indices(shapes, block),
        heads=_check_heads(width, settings.heads or heads or width // _HEAD_WIDTH),
        inner_width=shape_of(shapes, f"{block}0.{inner}.weight", 2)[0],
        vocabulary=vocabulary, positions=positions[0], projection_width=_projection(shapes) if recipe.pooled else None,
        activation=settings.activation or activation)


def _in_open_dialect(recipe: TextRecipe, names: Iterable[str]) -> bool:
    """Whether an encoder of OpenCLIP's is also stored in OpenCLIP's dialect; converters use the other."""
    return recipe.open_clip and not any("encoder.layers." in name for name in names)


def _projection(shapes: Shapes) -> int:
    if "text_projection.weight" in shapes:
        return shape_of(shapes, "text_projection.weight", 2)[0]
    return shape_of(shapes, "text_projection", 2)[1]


def _check_heads(width: int, heads: int) -> int:
    if heads < 1 or width % heads:
        raise ModelFileError(
            f"The text encoder's width {width} cannot be divided into {heads} attention heads.",
            remedy=f"Say the number in the .yaml beside the checkpoint, or in its header as {HEADS_METADATA}.")
    return heads


def heads_in_metadata(text: str | None) -> int | None:
    """Read the header's head count; anything but a number counts as nothing."""
    return int(text) if text and text.isdecimal() and len(text) < 4 else None


def name_text_tensors(tower: TextTower, names: Iterable[str]) -> dict[str, str]:
    """Map file names of tensors to module names; names of no text tensor are left out.

    OpenCLIP keeps query, key and value in one tensor: its name is mapped to one ending in ``qkv.weight``
    or ``qkv.bias``, for the engine to split.
    """
    names = list(names)
    if not _in_open_dialect(tower.recipe, names):
        wanted = (*_PLAIN_PARTS, "text_projection.") if tower.recipe.pooled else _PLAIN_PARTS
        plain = {name: name.removeprefix(_OLD_PREFIX) for name in names}
        return {name: module.removesuffix(".weight") if module.startswith("text_projection") else module
                for name, module in plain.items() if module.startswith(wanted) and "position_ids" not in module}
    renamed = {}
    for name in names:
        module = _OPEN_OUTER.get(name) or _rename_open_block(name)
        if module and (module != "text_projection" or tower.recipe.pooled):
            renamed[name] = module
    return renamed


def _rename_open_block(name: str) -> str | None:
    found = _OPEN_BLOCK.fullmatch(name)
    if not found:
        return None
    layer, rest = found.groups()
    if rest.startswith("attn.in_proj_"):
        return f"encoder.layers.{layer}.self_attn.qkv.{rest.removeprefix('attn.in_proj_')}"
    part, _, leaf = rest.rpartition(".")
    return f"encoder.layers.{layer}.{_OPEN_PARTS[part]}.{leaf}" if part in _OPEN_PARTS else None
