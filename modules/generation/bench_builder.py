"""Building a workbench over folders of models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from modules.adapters.inversions.pictures import read_picture
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
    upscalers: Mapping[str, Sequence[Path]]
    faces: Mapping[str, Sequence[Path]]

    @classmethod
    def under(cls, models: Path) -> ModelPlaces:
        """Return the usual places below one folder."""
        return cls(ModelFolders((models / "Stable-diffusion",), (models / "VAE",)),
                   NetworkFolders((models / "Lora", models / "LyCORIS"), (models / "hypernetworks",),
                                  (models / "embeddings",)),
                   upscaler_folders(models), face_folders(models))


def build_bench(places: ModelPlaces, data_folder: Path, placement: Placement, version: str) -> Workbench:
    """Look for checkpoints and return the workbench; nothing is loaded, and networks are looked for when needed."""
    cache = data_folder / CACHE
    hashes = HashCache(cache / "hashes.json")
    catalog = Catalog(places.models, hashes)
    catalog.refresh()
    networks = NetworkCatalog(places.networks, hashes, cache / "networks.json", _name_in_picture)
    half = placement.unet_dtype != torch.float32
    upscalers = UpscalerShelf(places.upscalers, placement.device, half=half)
    return Workbench(ModelSlot(placement), catalog, networks, upscalers,
                     FaceRestorers(places.faces, placement.device), PictureStore(cache / "pictures"), data_folder,
                     version)


def _name_in_picture(path: Path) -> str | None:
    """Return the name of the embedding that a picture carries; None where it carries none."""
    found = read_picture(path)
    return None if found is None else str(found.get("name") or path.stem)
