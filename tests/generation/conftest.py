from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_bench(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory):
    """A workbench over the tiny checkpoints; it calls itself the version that made the golden pictures."""
    from modules.catalog.catalog import Catalog, ModelFolders
    from modules.engine.residency import ModelSlot
    from modules.generation.workbench import Workbench
    from modules.hardware.placement import CPU_PLACEMENT
    from modules.weights.hash_cache import HashCache

    folder = tmp_path_factory.mktemp("data")
    folders = ModelFolders((tiny_models / "Stable-diffusion",), (tiny_models / "VAE",))
    catalog = Catalog(folders, HashCache(folder / "hashes.json"))
    catalog.refresh()
    return Workbench(ModelSlot(CPU_PLACEMENT), catalog, folder, "v1.10.1")
