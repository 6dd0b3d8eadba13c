"""Grids that A1111 v1.10.1's X/Y/Z plot made: the same cells in the same places, under the same titles."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from modules.generation.request import GenerationRequest

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"
JOBS = {job["name"]: job for job in json.loads((GOLDEN / "xyz.json").read_text(encoding="utf-8"))}
LAYOUTS = {"checkpoint": (2, 2), "eta_churn": (3, 1), "img2img_denoise_cfg": (2, 2), "margin_nolegend": (2, 2),
           "order": (6, 1), "sampler_scheduler": (3, 2), "seed_sr": (3, 3), "steps_cfg": (3, 3)}
"""Columns and rows."""


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def request_of(job, pictures):
    values = {**job["payload"], "cfg_scale": float(job["payload"]["cfg_scale"])}
    if "init_images" in values:
        values["init_images"] = [pictures.keep((GOLDEN / "inputs" / name.removeprefix("input:")).read_bytes())
                                 for name in values["init_images"]]
        values = {"inpainting_fill": 0, "inpaint_full_res": True, "inpaint_full_res_padding": 0, **values}
    return GenerationRequest.from_json(values)


@pytest.mark.parametrize("name", sorted(JOBS))
def test_a_grid_is_as_a1111_makes_it(name, scripted):
    job = JOBS[name]
    shown = scripted.run(request_of(job, scripted.bench.pictures))
    assert len(shown) == len(job["images"])
    sheet, golden = shown[0].image.convert("RGB"), Image.open(GOLDEN / "pictures" / job["images"][0]["file"])
    compare_sheets(sheet, golden.convert("RGB"), LAYOUTS[name.removeprefix("script.xyz.")])
    for event, expected in zip(shown[1:], job["images"][1:]):
        assert event.infotext == expected["parameters"]
        compare(event.image, Image.open(GOLDEN / "pictures" / expected["file"]))


def compare_sheets(made: Image.Image, golden: Image.Image, layout: tuple[int, int]) -> None:
    """Compare every cell; the letters of titles differ with the version of FreeType, by a pixel of height."""
    assert made.width == golden.width and abs(made.height - golden.height) <= 1
    width, height = layout[0] * 64, layout[1] * 64
    made_cells, golden_cells = (one.crop((one.width - width, one.height - height, one.width, one.height))
                                for one in (made, golden))
    compare(made_cells, golden_cells)
    titles = [one.crop((0, 0, one.width, one.height - height)) for one in (made, golden)]
    inked = [np.mean(np.asarray(one.convert("L")) < 128) if one.height > 8 else 0 for one in titles]
    assert inked[0] == pytest.approx(inked[1], rel=0.35, abs=0.004)


def compare(made: Image.Image, golden: Image.Image) -> None:
    expected, actual = (np.asarray(one.convert("RGB"), dtype=np.int16) for one in (golden, made))
    assert actual.shape == expected.shape
    difference = np.abs(actual - expected)
    assert np.mean(difference <= 2) >= 0.999, f"largest difference {difference.max()}, mean {difference.mean():.3f}"
