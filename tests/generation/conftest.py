from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_bench(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory):
    """A workbench over the tiny models; it calls itself the version that made the golden pictures."""
    from modules.generation.bench_builder import ModelPlaces, build_bench
    from modules.hardware.placement import CPU_PLACEMENT

    bench = build_bench(ModelPlaces.under(tiny_models), tmp_path_factory.mktemp("data"), CPU_PLACEMENT, "v1.10.1")
    bench.networks.refresh()
    return bench
