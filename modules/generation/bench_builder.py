"""Building a workbench over folders of models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from modules.artefacts.picture_store import PictureStore
from modules.catalog.catalog import Catalog, ModelFolders
from modules.catalog.network_catalog import NetworkCatalog, NetworkFolders
from modules.engine.residency import ModelSlot
from modules.generation.workbench import Workbench
from modules.hardware.placement import Placement
from modules.imaging.faces.restorers import FaceRestorers, face_folders
from modules.imaging.upscaling.shelf import UpscalerShelf, upscaler_folders
from modules.weights.hash_cache import HashCache

CACHE = "cache"


@dataclass(frozen=True)
class ModelPlaces:
    """Where models of every kind are looked for."""

    models: ModelFolders
    networks: NetworkFolders
    upscalers: Mapping[str, Path]
    faces: Mapping[str, Path]

    @classmethod
    def under(cls, models: Path) -> ModelPlaces:
        """Return the usual places below one folder."""
        return cls(ModelFolders((models / "Stable-diffusion",), (models / "VAE",)),
                   NetworkFolders((models / "LyCORIS", models / "Lora"), (models / "hypernetworks",),
                                  (models / "embeddings",)),
                   upscaler_folders(models), face_folders(models))


def build_bench(places: ModelPlaces, data_folder: Path, placement: Placement, version: str) -> Workbench:
    """Look into the folders and return the workbench; nothing is loaded."""
    cache = data_folder / CACHE
    hashes = HashCache(cache / "hashes.json")
    catalog = Catalog(places.models, hashes)
    catalog.refresh()
    networks = NetworkCatalog(places.networks, hashes, cache / "networks.json")
    networks.refresh()
    half = placement.unet_dtype != torch.float32
    upscalers = UpscalerShelf(places.upscalers, placement.device, half=half)
    return Workbench(ModelSlot(placement), catalog, networks, upscalers,
                     FaceRestorers(places.faces, placement.device), PictureStore(cache / "pictures"), data_folder,
                     version)
