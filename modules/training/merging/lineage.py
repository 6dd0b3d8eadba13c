"""The metadata of a merged checkpoint: what its models said, and what it was made from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modules.catalog.entry import CheckpointEntry
from modules.training.merging.plan import MergePlan

RECIPE_KEY, MODELS_KEY = "sd_merge_recipe", "sd_merge_models"
_HASHES = ("primary_model_hash", "secondary_model_hash", "tertiary_model_hash")


@dataclass(frozen=True)
class Parent:
    """A model that went in; ``entry`` has its hash where a recipe is written."""

    entry: CheckpointEntry
    metadata: Mapping[str, str]


def compose_metadata(plan: MergePlan, parents: Sequence[Parent], suffix: str) -> dict[str, str]:
    """Return the texts for the header of the result. ``suffix`` says what kind of model it is."""
    request = plan.request
    if not request.save_metadata:
        return {}
    texts = merge_metadata(parent.metadata for parent in parents) if request.copy_metadata else {}
    texts |= {**plan.metadata, "format": "pt"}
    if request.add_recipe:
        texts[RECIPE_KEY] = json.dumps(_recipe(plan, parents, suffix))
        texts[MODELS_KEY] = json.dumps(_ancestors(parents))
    return texts


def merge_metadata(tables: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Lay several headers over one another; later ones win."""
    merged: dict[str, str] = {}
    for table in tables:
        merged |= table
    return merged


def _recipe(plan: MergePlan, parents: Sequence[Parent], suffix: str) -> dict[str, Any]:
    request = plan.request
    hashes = [parent.entry.sha256 for parent in parents] + [None] * len(_HASHES)
    return {
        "type": "webui", **dict(zip(_HASHES, hashes, strict=False)), "interp_method": request.method,
        "multiplier": request.multiplier, "save_as_half": request.save_as_half, "custom_name": request.custom_name,
        "config_source": request.config_source, "bake_in_vae": request.bake_in_vae,
        "discard_weights": request.discard_weights, "is_inpainting": suffix == ".inpainting",
        "is_instruct_pix2pix": suffix == ".instruct-pix2pix",
    }


def _ancestors(parents: Sequence[Parent]) -> dict[str, Any]:
    """Describe the parents by their hashes, and whatever they say of their own parents."""
    known: dict[str, Any] = {}
    for parent in parents:
        if parent.entry.sha256:  # there is none where the person does not want anything hashed
            known[parent.entry.sha256] = {
                "name": parent.entry.name, "legacy_hash": parent.entry.legacy_hash,
                "sd_merge_recipe": _as_table(parent.metadata.get(RECIPE_KEY))}
        known |= _as_table(parent.metadata.get(MODELS_KEY)) or {}
    return known


def _as_table(text: str | None) -> dict[str, Any] | None:
    try:
        table = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return table if isinstance(table, dict) else None
