"""Whole pictures that A1111 v1.10.1 made: the same settings give the same picture and the same infotext."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from modules.artefacts.picture_store import PictureStore
from modules.generation.events import ImageFinished
from modules.generation.pipeline import run
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest, SoftInpainting
from modules.generation.run_context import RunContext
from modules.generation.surroundings import Surroundings
from modules.prompting.styles import Style
from modules.settings.values import Settings

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"
FILES = ("txt2img", "pictures", "hires", "networks")
JOBS = {job["name"]: job for file in FILES
        for job in json.loads((GOLDEN / f"{file}.json").read_text(encoding="utf-8"))}
STYLES = {style.name: style for style in (
    Style("ref-style", "watercolor of {prompt}, soft light", "harsh"),
    Style("ref-append", "trending, 4k", "ugly, deformed"))}
SETTINGS = Settings().with_values({"randn_source": "CPU", "sd_model_checkpoint": "tiny-sd1.safetensors",
                                   "samples_save": False, "grid_save": False})
RENAMED = {"n_iter": "batch_count"}
NOT_OURS = {"save_images", "include_init_images", "alwayson_scripts", "mask_blur"}
INPAINTING = {"inpainting_fill": 0, "inpaint_full_res": True, "inpaint_full_res_padding": 0}
"""What A1111's API takes where a request says nothing."""
STRUCTURE_ONLY = {name for name in JOBS if "dpm_adaptive" in name}
"""Step-size control amplifies rounding: these are compared by what they show, not level by level."""
KIND_ORDER = ("grid", "image", "mask", "mask composite")


def by_checkpoint(name: str) -> tuple[str, str]:
    return JOBS[name]["payload"].get("override_settings", {}).get("sd_model_checkpoint", ""), name


def request_of(payload: dict[str, Any], pictures: PictureStore) -> GenerationRequest:
    """Read what was posted to A1111's API."""

    def keep(name: str) -> str:
        return pictures.keep((GOLDEN / "inputs" / name.removeprefix("input:")).read_bytes())

    values = {RENAMED.get(key, key): value for key, value in payload.items() if key not in NOT_OURS}
    values |= {name: float(values[name]) for name in ("cfg_scale", "hr_scale") if name in values}
    if "init_images" in payload:
        values = {**INPAINTING, **values, "init_images": [keep(name) for name in payload["init_images"]]}
    if "mask" in payload:
        blur = payload.get("mask_blur", 4)
        values |= {"mask": keep(payload["mask"]), "mask_blur_x": blur, "mask_blur_y": blur}
    if "alwayson_scripts" in payload:
        values["soft_inpainting"] = SoftInpainting(*payload["alwayson_scripts"]["soft inpainting"]["args"][1:])
    if "inpainting_mask_invert" in values:
        values["inpainting_mask_invert"] = bool(values["inpainting_mask_invert"])
    return GenerationRequest.from_json(values)


@pytest.mark.parametrize("name", sorted(JOBS, key=by_checkpoint))
def test_picture_and_infotext_are_those_of_a1111(name, tiny_bench):
    job = JOBS[name]
    settings = SETTINGS.with_values({"return_grid": job["payload"].get("save_images", False)})
    request = request_of(job["payload"], tiny_bench.pictures)
    made = plan(request, Surroundings(settings, tiny_bench, STYLES))
    finished: list[ImageFinished] = []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        run(made, tiny_bench, RunContext(lambda event: finished.append(event) if isinstance(event, ImageFinished)
                                         else None, job_id=name))
    finally:
        torch.set_num_threads(threads)
    finished.sort(key=lambda event: (event.kind != "grid", event.index, KIND_ORDER.index(event.kind)))
    assert [event.infotext for event in finished if event.kind in ("grid", "image")] == [
        image["parameters"] for image in job["images"] if image["parameters"]]
    assert len(finished) == len(job["images"])
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
