"""Whole pictures that A1111 v1.10.1 made: the same settings give the same picture and the same infotext."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from modules.generation.events import ImageFinished
from modules.generation.pipeline import RunContext, run
from modules.generation.plan import Surroundings, plan
from modules.generation.request import GenerationRequest
from modules.prompting.styles import Style
from modules.settings.values import Settings

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"
JOBS = {job["name"]: job for job in json.loads((GOLDEN / "txt2img.json").read_text(encoding="utf-8"))}
STYLES = {style.name: style for style in (
    Style("ref-style", "watercolor of {prompt}, soft light", "harsh"),
    Style("ref-append", "trending, 4k", "ugly, deformed"))}
SETTINGS = Settings().with_values({"randn_source": "CPU", "sd_model_checkpoint": "tiny-sd1.safetensors",
                                   "samples_save": False, "grid_save": False})
RENAMED = {"n_iter": "batch_count"}
STRUCTURE_ONLY = {name for name in JOBS if "dpm_adaptive" in name}
"""Step-size control amplifies rounding: these are compared by what they show, not level by level."""


def by_checkpoint(name: str) -> tuple[str, str]:
    return JOBS[name]["payload"].get("override_settings", {}).get("sd_model_checkpoint", ""), name


@pytest.mark.parametrize("name", sorted(JOBS, key=by_checkpoint))
def test_picture_and_infotext_are_those_of_a1111(name, tiny_bench):
    job = JOBS[name]
    values = {RENAMED.get(key, key): value for key, value in job["payload"].items()}
    values["cfg_scale"] = float(values["cfg_scale"])
    save = values.pop("save_images", False)
    settings = SETTINGS.with_values({"return_grid": save})
    made = plan(GenerationRequest.from_json(values), Surroundings(settings, tiny_bench, STYLES))
    finished: list[ImageFinished] = []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        run(made, tiny_bench, RunContext(lambda event: finished.append(event) if isinstance(event, ImageFinished)
                                         else None, job_id=name))
    finally:
        torch.set_num_threads(threads)
    finished.sort(key=lambda event: event.kind != "grid")
    assert [event.infotext for event in finished] == [image["parameters"] for image in job["images"]]
    for event, expected in zip(finished, job["images"]):
        compare(event.image, GOLDEN / "pictures" / expected["file"], structure_only=name in STRUCTURE_ONLY)


def compare(made: Image.Image, golden: Path, *, structure_only: bool) -> None:
    expected = np.asarray(Image.open(golden).convert("RGB"), dtype=np.int16)
    actual = np.asarray(made.convert("RGB"), dtype=np.int16)
    assert actual.shape == expected.shape
    difference = np.abs(actual - expected)
    if structure_only:
        assert np.corrcoef(actual.ravel(), expected.ravel())[0, 1] > 0.95
        return
    assert np.mean(difference <= 2) >= 0.999, f"largest difference {difference.max()}, mean {difference.mean():.3f}"
    assert difference.mean() <= 0.1
