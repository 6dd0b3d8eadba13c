"""Checkpoints in diffusers' layout, told in the words of the original code.

Everything above reads one set of names. diffusers' parts keep their own names below ``unet.``, ``vae.``,
``text_encoder.`` and so on, as the folders of a model are called.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from modules.families.autoencoder_layout import original_autoencoder_names
from modules.families.evidence import AUTOENCODER_PREFIX, DEPTH_PREFIX, UNET_PREFIX, Evidence, Shapes
from modules.families.sidecar import read_sidecar
from modules.families.unet_layout import original_unet_names

_UNET, _VAE, _TEXT, _SECOND_TEXT, _DEPTH = "unet.", "vae.", "text_encoder.", "text_encoder_2.", "depth_estimator."
_DIFFUSERS_VAE = "decoder.up_blocks."


class Header(Protocol):
    """What a file says of itself; a whole state dict says it too."""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]: ...

    @property
    def metadata(self) -> Mapping[str, str]: ...


def read_evidence(path: Path, header: Header) -> Evidence:
    """Gather what a checkpoint is recognised by, in original names. Raises: ModelFileError for a broken sidecar."""
    shapes = header.shapes
    names = original_names(shapes)
    return Evidence({names.get(name, name): shape for name, shape in shapes.items()}, header.metadata,
                    read_sidecar(path), path.name)


def original_names(shapes: Shapes) -> dict[str, str]:
    """Map the tensors of a checkpoint in diffusers' layout to original names; empty for any other."""
    if f"{_UNET}conv_in.weight" not in shapes:
        return {}
    parts = {prefix: {name[len(prefix):]: shape for name, shape in shapes.items() if name.startswith(prefix)}
             for prefix in (_UNET, _VAE, _TEXT, _SECOND_TEXT, _DEPTH)}
    renamed = {_UNET: original_unet_names(parts[_UNET]), _VAE: original_autoencoder_names(parts[_VAE])}
    prefixes = {_UNET: UNET_PREFIX, _VAE: AUTOENCODER_PREFIX, _DEPTH: DEPTH_PREFIX, **_text_prefixes(parts)}
    return {prefix + name: prefixes[prefix] + renamed.get(prefix, {}).get(name, name)
            for prefix, part in parts.items() for name in part}


def original_vae_names(names: Mapping[str, object]) -> dict[str, str]:
    """Map the tensors of a VAE file in diffusers' layout to original names; empty for any other."""
    return original_autoencoder_names(names) if any(name.startswith(_DIFFUSERS_VAE) for name in names) else {}


def _text_prefixes(parts: Mapping[str, Shapes]) -> dict[str, str]:
    """Say where each text encoder belongs; what kind it is shows in the U-Net's projections."""
    if parts[_SECOND_TEXT]:
        second = 1 if parts[_TEXT] else 0  # the refiner has the second alone
        return {_TEXT: "conditioner.embedders.0.transformer.", _SECOND_TEXT: f"conditioner.embedders.{second}.model."}
    projection = parts[_UNET].get("mid_block.attentions.0.proj_in.weight", ())
    kind = "model" if len(projection) == 2 else "transformer"
    return {_TEXT: f"cond_stage_model.{kind}.", _SECOND_TEXT: ""}
