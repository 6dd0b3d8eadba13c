"""What somebody wants merged, as the page and stored jobs say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modules.foundation.json_record import record_from_json, record_to_json

NO_INTERPOLATION, WEIGHTED_SUM, ADD_DIFFERENCE = METHODS = ("No interpolation", "Weighted sum", "Add difference")
FORMATS = ("ckpt", "safetensors")
CONFIG_SOURCES = ("A, B or C", "B", "C", "Don't")
"""Whose settings file is copied beside the result, by number."""
NO_VAE = "None"


@dataclass(frozen=True)
class MergeRequest:
    """Names are anything the catalog finds a checkpoint by; an empty one is none."""

    primary: str = ""
    secondary: str = ""
    tertiary: str = ""
    method: str = WEIGHTED_SUM
    multiplier: float = 0.3
    """Range: 0 to 1."""
    custom_name: str = ""
    checkpoint_format: str = "safetensors"
    save_as_half: bool = False
    config_source: int = 0
    bake_in_vae: str = NO_VAE
    discard_weights: str = ""
    """A regular expression; what it is found in is left out."""
    save_metadata: bool = True
    add_recipe: bool = True
    copy_metadata: bool = True
    metadata_json: str = "{}"

    def to_json(self) -> dict[str, Any]:
        return record_to_json(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> MergeRequest:
        """Raises: InvalidRequestError."""
        return record_from_json(cls, values)
