"""What there is in the folders of models, as A1111's API lists it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modules.adapters.inversions.embedding import Embedding
from modules.adapters.inversions.files import read_embedding
from modules.api.sdapi.list_models import (
    CheckpointItem,
    EmbeddingItem,
    EmbeddingsAnswer,
    HypernetworkItem,
    LoraItem,
    RealesrganItem,
    UpscalerItem,
    VaeItem,
)
from modules.artefacts.infotext import replace_surrogates
from modules.catalog.entry import CheckpointEntry
from modules.catalog.network_entry import NetworkEntry
from modules.foundation.errors import ModelFileError
from modules.generation.workbench import Workbench
from modules.imaging.upscaling.entry import UpscalerEntry
from modules.imaging.upscaling.known import KNOWN_UPSCALERS

METADATA_CHARACTERS = 1_000_000
"""Of one value of a LoRA's metadata; longer ones are cut."""
_HIDDEN_METADATA = "ssmd_cover_images"
log = logging.getLogger(__name__)


def checkpoint_item(entry: CheckpointEntry) -> CheckpointItem:
    config = entry.path.with_suffix(".yaml")
    return CheckpointItem(title=_sendable(entry.title), model_name=_sendable(entry.model_name), hash=entry.short_hash,
                          sha256=entry.sha256, filename=_sendable(entry.path),
                          config=_sendable(config) if config.is_file() else None)


def vae_items(bench: Workbench) -> list[VaeItem]:
    return [VaeItem(model_name=_sendable(name), filename=_sendable(path)) for name, path in bench.catalog.vaes.items()]


def upscaler_item(entry: UpscalerEntry) -> UpscalerItem:
    name = _sendable(entry.name)
    return UpscalerItem(name=name, model_name=name if entry.path else None,
                        model_path=_sendable(entry.path) if entry.path else None, scale=entry.scale)


def hypernetwork_item(entry: NetworkEntry) -> HypernetworkItem:
    return HypernetworkItem(name=_sendable(entry.name), path=_sendable(entry.path))


def lora_item(entry: NetworkEntry) -> LoraItem:
    """Describe a LoRA; values that are JSON are given as such."""
    texts = {key: text for key, text in entry.read_metadata().items() if key != _HIDDEN_METADATA}
    return LoraItem(name=_sendable(entry.name), alias=_sendable(entry.alias or entry.name), path=_sendable(entry.path),
                    metadata={key: _parsed(text[:METADATA_CHARACTERS]) for key, text in texts.items()})


def realesrgan_items() -> list[RealesrganItem]:
    return [RealesrganItem(name=known.label, path=known.download.url if known.download else None, scale=known.scale)
            for known in KNOWN_UPSCALERS if known.kind == "RealESRGAN"]


class EmbeddingList:
    """Reads what embeddings are made for, each file once."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[float, Embedding | None]] = {}

    def describe(self, bench: Workbench) -> EmbeddingsAnswer:
        widths = _text_encoder_widths(bench)
        answer = EmbeddingsAnswer(loaded={}, skipped={})
        for entry in bench.networks.embeddings:
            embedding = self._read(entry)
            if embedding is not None:
                fits = widths is None or embedding.fits(widths)
                item = EmbeddingItem(shape=embedding.width, vectors=embedding.vector_count)
                (answer.loaded if fits else answer.skipped)[_sendable(embedding.name)] = item
        return answer

    def _read(self, entry: NetworkEntry) -> Embedding | None:
        known = self._known.get(entry.path)
        if known is None or known[0] != entry.modified_s:
            try:
                embedding = read_embedding(entry.path, entry.name)
            except ModelFileError as error:
                log.warning("The embedding %s is left out of the list: %s", entry.name, error)
                embedding = None
            known = self._known[entry.path] = entry.modified_s, embedding
        return known[1]


def _text_encoder_widths(bench: Workbench) -> Mapping[str, int] | None:
    """Return the width of each text encoder of the model in memory; None while there is no model."""
    model = bench.models.current
    return None if model is None else {tower.name: tower.width for tower in model.text_encoders}


def _sendable(name: object) -> str:
    """Write a name that JSON can carry: a file's may hold bytes that are no text."""
    return replace_surrogates(str(name))


def _parsed(text: str) -> Any:
    if text[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
