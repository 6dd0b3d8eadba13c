"""Splitting the names of tensors in LoRA files into the layer meant and the factor held.

Trainers write a layer with underscores and separate the factor with the first dot
(``lora_unet_mid_block_attentions_0_proj_in.lora_down.weight``), or write it with dots throughout
(``unet.mid_block.attentions.0.proj_in.lora_A.weight``).
"""

from __future__ import annotations

import re
from typing import NamedTuple

_FLAT_STARTS = ("lora_", "oft_")
_WRAPPERS = ("base_model.model.",)
_SPELLINGS: tuple[tuple[str, str], ...] = (
    ("lora_A.weight", "lora_down.weight"), ("lora_B.weight", "lora_up.weight"),
    ("lora_A.default.weight", "lora_down.weight"), ("lora_B.default.weight", "lora_up.weight"),
    ("lora.down.weight", "lora_down.weight"), ("lora.up.weight", "lora_up.weight"),
    ("lora_linear_layer.down.weight", "lora_down.weight"), ("lora_linear_layer.up.weight", "lora_up.weight"),
    ("lora_magnitude_vector", "dora_scale"), ("lora_magnitude_vector.weight", "dora_scale"),
    ("lora_magnitude_vector.default.weight", "dora_scale"),
)
_FACTORS = (
    "lora_down.weight", "lora_up.weight", "lora_mid.weight", "alpha", "scale", "dora_scale", "bias",
    "hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "hada_t1", "hada_t2", "on_input",
    "lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_w2", "lokr_w2_a", "lokr_w2_b", "lokr_t2",
    "diff", "diff_b", "w_norm", "b_norm", "a1.weight", "a2.weight", "b1.weight", "b2.weight",
    "oft_blocks", "oft_diag", "rescale",
)
_ENDINGS = dict(sorted((*_SPELLINGS, *((name, name) for name in _FACTORS)), key=lambda pair: -len(pair[0])))
_PROCESSOR = re.compile(r"(.+)\.processor\.to_(q|k|v|out)_lora\.(down|up)\.weight")
"""The oldest files of diffusers."""


class Key(NamedTuple):
    """Which layer, in the file's words with underscores, and which of its factors."""

    layer: str
    factor: str


def split_key(name: str) -> Key | None:
    """Take a tensor's name apart; None for one that is no part of a LoRA."""
    for wrapper in _WRAPPERS:
        name = name.removeprefix(wrapper)
    if name.startswith(_FLAT_STARTS):
        layer, _, factor = name.partition(".")
        return Key(layer, _ENDINGS.get(factor, factor)) if factor else None
    processor = _PROCESSOR.fullmatch(name)
    if processor:
        block, projection, direction = processor.groups()
        return Key(_flat(f"{block}.to_{projection}{'.0' if projection == 'out' else ''}"), f"lora_{direction}.weight")
    for ending, factor in _ENDINGS.items():
        if name.endswith("." + ending):
            return Key(_flat(name[:-len(ending) - 1]), factor)
    return None


def _flat(path: str) -> str:
    return path.replace(".", "_")
