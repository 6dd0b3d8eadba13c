"""For which Stable Diffusion a network was made: ``SD1``, ``SD2``, ``SDXL``, or empty where nobody can tell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from modules.families.dialect import read_evidence
from modules.families.recognition import recognise
from modules.weights.state_dict import WeightsHeader

VERSIONS = ("SD1", "SD2", "SDXL")
_WIDTHS = {768: "SD1", 1024: "SD2"}
"""Numbers in one token of each text encoder."""
_ARCHITECTURES = (("stable-diffusion-xl", "SDXL"), ("stable-diffusion-v2", "SD2"), ("stable-diffusion-v1", "SD1"))


def lora_version(texts: Mapping[str, str]) -> str:
    """Tell from what training programs write into the file.

    Reference: A1111 v1.10.1, where any text without a mark of its own means SD1.
    """
    if texts.get("ss_base_model_version", "").startswith("sdxl_"):
        return "SDXL"
    architecture = texts.get("modelspec.architecture", "")
    named = next((version for start, version in _ARCHITECTURES if architecture.startswith(start)), "")
    if texts.get("ss_v2") == "True":
        return "SD2"
    return named or ("SD1" if texts else "")


def embedding_version(shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Tell from the width of the vectors."""
    if "clip_g" in shapes and "clip_l" in shapes:
        return "SDXL"
    widths = {shape[-1] for shape in shapes.values() if shape}
    return _WIDTHS.get(widths.pop(), "") if len(widths) == 1 else ""


def checkpoint_version(path: Path, header: WeightsHeader) -> str:
    """Tell from a checkpoint's tensors. Raises: ModelFileError for what is no checkpoint."""
    description = recognise(read_evidence(path, header))
    return "SDXL" if description.is_sdxl else description.family.upper()
