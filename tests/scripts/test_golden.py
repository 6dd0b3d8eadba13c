"""Pictures that A1111 v1.10.1's scripts made: the same values give the same pictures and infotexts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from modules.generation.request import GenerationRequest

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"
JOBS = {job["name"]: job for job in json.loads((GOLDEN / "scripts.json").read_text(encoding="utf-8"))}
OTHER_ARGS = {
    "script.img2img_alt": [None, True, True, "a castle", "", True, 8, 1.0, 0.0, False, 4],
}
"""This job gave one value too few, and A1111 took the next script's; here a missing one has its default."""
TITLES_WITH_TEXT = {"script.prompt_matrix_seeds_start"}
"""Grids with a legend: letters differ with the version of FreeType."""


def request_of(job, pictures):
    values = dict(job["payload"])
    args = OTHER_ARGS.get(job["name"], values.pop("script_args"))
    values.pop("script_args", None)
    values["cfg_scale"] = float(values["cfg_scale"])
    if "init_images" in values:
        values["init_images"] = [pictures.keep((GOLDEN / "inputs" / name.removeprefix("input:")).read_bytes())
                                 for name in values["init_images"]]
        values = {"inpainting_fill": 0, "inpaint_full_res": True, "inpaint_full_res_padding": 0, **values}
    return GenerationRequest.from_json({**values, "script_args": args})


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", sorted(JOBS))
def test_a_script_makes_what_a1111_makes(name, scripted):
    job = JOBS[name]
    shown = scripted.run(request_of(job, scripted.bench.pictures))
    assert scripted.comments == []
    assert len(shown) == len(job["images"])
    for event, expected in zip(shown, job["images"]):
        if expected["parameters"] is not None:
            assert event.infotext == expected["parameters"]
        assert event.infotext
        compare(event.image, expected["file"], name)


def compare(made: Image.Image, file: str, name: str) -> None:
    golden = Image.open(GOLDEN / "pictures" / file).convert("RGB")
    if name in TITLES_WITH_TEXT and made.size != (64, 64):
        assert made.width == golden.width and abs(made.height - golden.height) <= 1
        made, golden = (one.crop((48, one.height - 136, one.width, one.height)) for one in (made, golden))
    expected, actual = (np.asarray(one.convert("RGB"), dtype=np.int16) for one in (golden, made))
    assert actual.shape == expected.shape
    difference = np.abs(actual - expected)
    assert np.mean(difference <= 2) >= 0.999, f"largest difference {difference.max()}, mean {difference.mean():.3f}"
