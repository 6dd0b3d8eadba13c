"""What a run is known by: everything that decides its pictures, and nothing else."""

from __future__ import annotations

import copy

import pytest
from PIL import Image


@pytest.fixture
def p(scripted):
    from modules.processing import StableDiffusionProcessingTxt2Img

    return StableDiffusionProcessingTxt2Img(prompt="a castle", seed=1, subseed=1, steps=2, width=64, height=64,
                                            sampler_name="Euler", scheduler="Automatic")


@pytest.mark.parametrize("change", [
    {"prompt": "a tower"}, {"negative_prompt": "blurry"}, {"seed": 2}, {"width": 72}, {"sampler_name": "Heun"},
    {"steps": 3}, {"cfg_scale": 6.5}, {"tiling": True}, {"enable_hr": True}, {"eta": .5}, {"batch_size": 2},
    {"subseed_strength": .5}, {"restore_faces": True}, {"plugins_own_amount": 3},
    {"extra_generation_params": {"Mine": 1}}, {"prompt": "a castle <lora:tiny-lora:1>"},
    {"override_settings": {"CLIP_stop_at_last_layers": 2}}, {"override_settings": {"eta_noise_seed_delta": 7}},
    {"override_settings": {"sd_model_checkpoint": "tiny-sd1-b"}},
    {"refiner_checkpoint": "tiny-sd1-b", "refiner_switch_at": .5}], ids=str)
def test_what_changes_a_picture_counts(p, change):
    changed = copy.copy(p)
    vars(changed).update(change)
    assert changed.identity() != p.identity()


@pytest.mark.parametrize("change", [
    {"subseed": 99}, {"seed_was_random": True}, {"is_api": True},
    {"do_not_save_samples": True}, {"outpath_samples": "elsewhere"},
    {"override_settings": {"live_previews_enable": False}}, {"override_settings": {"samples_format": "jpg"}},
    {"override_settings": {"sd_model_checkpoint": "tiny-sd1"}}, {"override_settings": {"sd_vae": "None"}}], ids=str)
def test_what_does_not_change_it_does_not_count(p, change):
    changed = copy.copy(p)
    vars(changed).update(change)
    assert changed.identity() == p.identity()


def test_pictures_count_by_what_they_show(scripted):
    from modules.processing import StableDiffusionProcessingImg2Img

    def identity(colour):
        return StableDiffusionProcessingImg2Img(
            prompt="a castle", seed=1, subseed=1, steps=2, width=64, height=64, sampler_name="Euler",
            init_images=[Image.new("RGB", (64, 64), colour)]).identity()

    assert identity("red") == identity("red") != identity("blue")




def test_what_cannot_be_planned_is_refused(p):
    from modules.foundation.errors import WebUIError

    p.steps = 0
    with pytest.raises(WebUIError):
        p.identity()
