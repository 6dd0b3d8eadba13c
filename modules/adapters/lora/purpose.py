"""What kind of model a LoRA file was made for, to be said when it does not fit."""

from __future__ import annotations

from collections.abc import Mapping

_BY_CONTEXT_WIDTH = {768: "Stable Diffusion 1.x", 1024: "Stable Diffusion 2.x", 2048: "Stable Diffusion XL"}
_BY_NAME: tuple[tuple[str, str], ...] = (
    ("double_blocks", "Flux"), ("single_transformer_blocks", "Flux"), ("joint_blocks", "Stable Diffusion 3"),
    ("transformer.transformer_blocks", "Stable Diffusion 3 or Flux"), ("lora_te2_", "Stable Diffusion XL"),
    ("text_encoder_2.", "Stable Diffusion XL"),
)
_UNKNOWN = "another kind of model"


def guess_purpose(shapes: Mapping[str, tuple[int, ...]], metadata: Mapping[str, str]) -> str:
    """Name the family, by the width of the texts it reads, by its layers' names, or by what its trainer wrote."""
    for name, shape in shapes.items():
        reads_text = "attn2" in name and "to_k" in name and ("lora_down" in name or "lora_A" in name)
        if reads_text and len(shape) > 1 and shape[1] in _BY_CONTEXT_WIDTH:
            return _BY_CONTEXT_WIDTH[shape[1]]
    for part, title in _BY_NAME:
        if any(part in name for name in shapes):
            return title
    return _stated(metadata)


def _stated(metadata: Mapping[str, str]) -> str:
    if metadata.get("ss_base_model_version", "").startswith("sdxl_"):
        return "Stable Diffusion XL"
    if metadata.get("ss_v2") == "True":
        return "Stable Diffusion 2.x"
    return "Stable Diffusion 1.x" if "ss_v2" in metadata else _UNKNOWN
