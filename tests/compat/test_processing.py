"""A job that passes through A1111's ``p`` gives the pictures that it gives without."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from modules.generation.events import ImageFinished
from modules.generation.plan import plan

_spec = importlib.util.spec_from_file_location("golden", Path(__file__).parents[1] / "generation" / "test_golden.py")
assert _spec is not None and _spec.loader is not None
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)

EVERY = 16
CHOSEN = sorted((name for name in golden.JOBS if name not in golden.STRUCTURE_ONLY and ".ti_" not in name),
                key=golden.by_checkpoint)[::EVERY]


@pytest.mark.parametrize("name", CHOSEN)
def test_p_asks_for_the_same_pictures(name, plugin_host, run_scripted):
    job = golden.JOBS[name]
    settings = golden.SETTINGS.with_values({"return_grid": job["payload"].get("save_images", False)})
    request = golden.request_of(job["payload"], plugin_host.bench.pictures)
    around = plugin_host.bench.surroundings(settings, golden.STYLES)
    emitted = run_scripted(plan(request, around).request, settings, job_id=name)
    finished = sorted((event for event in emitted if isinstance(event, ImageFinished)),
                      key=lambda event: (event.kind != "grid", event.index, golden.KIND_ORDER.index(event.kind)))
    assert [event.infotext for event in finished if event.kind in ("grid", "image")] == [
        image["parameters"] for image in job["images"] if image["parameters"]]
    for event, expected in zip(finished, job["images"], strict=True):
        golden.compare(event.image, golden.GOLDEN / "pictures" / expected["file"], structure_only=False)
