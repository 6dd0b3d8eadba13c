"""A job that passes through A1111's ``p`` gives the pictures that it gives without."""

from __future__ import annotations

import importlib.util
from copy import copy
from dataclasses import fields
from pathlib import Path

import pytest

from modules.compat.conversion import draft_of, lend_request
from modules.generation.events import ImageFinished
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest, Outpainting, SoftInpainting

_spec = importlib.util.spec_from_file_location("golden", Path(__file__).parents[1] / "generation" / "test_golden.py")
assert _spec is not None and _spec.loader is not None
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)

EVERY = 30
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


NOT_OF_P = {"script_name", "script_args", "alwayson_scripts", "resize_by", "save_images"}
"""What decides around a run, or is resolved before ``p`` is made."""
PICTURE_FIELDS = {"init_images", "mask", "latent_mask", "firstpass_image"}
IMG2IMG_ONLY = {"init_images", "mask", "latent_mask", "resize_mode", "image_cfg_scale", "initial_noise_multiplier",
                "mask_blur_x", "mask_blur_y", "mask_round", "inpainting_fill", "inpaint_full_res",
                "inpaint_full_res_padding", "inpainting_mask_invert", "inpainting_mask_weight", "soft_inpainting",
                "outpainting"}
TXT2IMG_ONLY = {"firstpass_image", "enable_hr", *(one.name for one in fields(GenerationRequest)
                                                  if one.name.startswith("hr_"))}
OTHER = {str: "Euler", int: 64, float: 0.5, bool: True}


def _changed(name: str, kind: str, default: object, picture: str) -> object:
    """Return a value that is not the default."""
    if name in PICTURE_FIELDS:
        return (picture,) if name == "init_images" else picture
    known = {"soft_inpainting": SoftInpainting(2.0), "outpainting": Outpainting(left=64), "styles": ("ref-style",),
             "override_settings": {"eta_ddim": 0.5}, "checkpoint": "tiny-sd1", "resize_mode": 1}
    if name in known:
        return known[name]
    if isinstance(default, bool):
        return not default
    return OTHER[{"str": str, "int": int, "float": float, "bool": bool}[kind.split(" ")[0]]]


@pytest.mark.parametrize("img2img", [False, True])
def test_nothing_of_a_request_is_lost_on_the_way_through_p(plugin_host, img2img):
    pictures = plugin_host.bench.pictures
    picture = pictures.keep((golden.GOLDEN / "inputs" / "a64.png").read_bytes())
    other_tab = NOT_OF_P | (TXT2IMG_ONLY if img2img else IMG2IMG_ONLY)
    values = {one.name: _changed(one.name, str(one.type), one.default, picture)
              for one in fields(GenerationRequest) if one.name not in other_tab}
    request = GenerationRequest(**values)
    p = draft_of(request, pictures, plugin_host.settings.current, plugin_host.bench.data_folder)
    with lend_request(copy(p), pictures) as back:
        changed = {name for name, value in values.items()
                   if name not in PICTURE_FIELDS and getattr(back, name) != value}
        assert changed == set()
        assert all(bool(getattr(back, name)) for name in PICTURE_FIELDS & set(values))
