"""A1111's fields, one by one, as the request they mean."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi import HTTPException

from modules.api.sdapi.generation_models import Img2ImgRequest, Txt2ImgRequest
from modules.api.sdapi.scripts import (
    SECTIONS,
    ScriptArgument,
    Section,
    Sections,
    choose_scripts,
    select_script,
)
from modules.api.sdapi.translation import from_img2img, from_txt2img
from modules.foundation.errors import InvalidRequestError
from modules.generation.request import GenerationRequest, SoftInpainting

NO_GRID = {"return_grid": False, "grid_save": False}
DEFAULTS = GenerationRequest(
    sampler_name="Euler", steps=50, cfg_scale=7.0, width=512, height=512, seed=-1, subseed=-1, save_images=False,
    override_settings=NO_GRID)


def txt2img(**values) -> GenerationRequest:
    return from_txt2img(Txt2ImgRequest.model_validate(values), [])


def img2img(scripts=(), **values) -> GenerationRequest:
    return from_img2img(Img2ImgRequest.model_validate(values), scripts, lambda text, field: f"{field}={text}")


def changed(request: GenerationRequest, base: GenerationRequest = DEFAULTS) -> dict:
    return {name: value for name, value in vars(request).items() if getattr(base, name) != value}


def test_the_defaults_are_a1111_s():
    assert changed(txt2img()) == {}
    assert changed(txt2img(**dict.fromkeys(Txt2ImgRequest.model_fields))) == {}, "null means the default"
    assert changed(txt2img(no_such_field=1, width=None)) == {}


@pytest.mark.parametrize(("sent", "meant"), [
    ({"prompt": "a", "negative_prompt": "b"}, {"prompt": "a", "negative_prompt": "b"}),
    ({"prompt": 5}, {"prompt": "5"}),
    ({"styles": ["x"]}, {"styles": ("x",)}),
    ({"styles": []}, {}),
    ({"seed": 5, "subseed": 6, "subseed_strength": 0.5}, {"seed": 5, "subseed": 6, "subseed_strength": 0.5}),
    ({"seed": "5"}, {"seed": 5}),
    ({"seed_resize_from_h": 64, "seed_resize_from_w": -1}, {"seed_resize_from_h": 64}),
    ({"sampler_index": "DDIM"}, {"sampler_name": "DDIM"}),
    ({"sampler_index": "DDIM", "sampler_name": "LMS"}, {"sampler_name": "LMS"}),
    ({"sampler_index": "DDIM", "sampler_name": ""}, {"sampler_name": "DDIM"}),
    ({"scheduler": "automatic"}, {"scheduler": "automatic"}),
    ({"batch_size": 2, "n_iter": 3}, {"batch_size": 2, "batch_count": 3}),
    ({"steps": 20.0, "cfg_scale": 5, "width": 64, "height": 128}, {"steps": 20, "cfg_scale": 5.0, "width": 64,
                                                                    "height": 128}),
    ({"restore_faces": True, "tiling": False}, {"restore_faces": True, "tiling": False}),
    ({"eta": 1, "s_churn": 1, "s_tmin": 2, "s_tmax": 3, "s_noise": 4, "s_min_uncond": 5},
     {"eta": 1.0, "s_churn": 1.0, "s_tmin": 2.0, "s_tmax": 3.0, "s_noise": 4.0, "s_min_uncond": 5.0}),
    ({"refiner_checkpoint": "b", "refiner_switch_at": 0.5}, {"refiner_checkpoint": "b", "refiner_switch_at": 0.5}),
    ({"disable_extra_networks": True}, {"disable_extra_networks": True}),
    ({"do_not_save_samples": False, "do_not_save_grid": False}, {}),
    ({"save_images": True, "do_not_save_samples": True}, {"save_images": True, "override_settings": {}}),
    ({"override_settings": {"eta_ddim": 1, "api_enable_requests": True}},
     {"override_settings": {"eta_ddim": 1, **NO_GRID}}),
    ({"enable_hr": True, "hr_scale": 1.5, "hr_upscaler": "Latent", "hr_second_pass_steps": 5, "denoising_strength": 0},
     {"enable_hr": True, "hr_scale": 1.5, "hr_upscaler": "Latent", "hr_second_pass_steps": 5,
      "denoising_strength": 0.0}),
    ({"hr_resize_x": 64, "hr_resize_y": 96, "hr_prompt": "x", "hr_negative_prompt": "y", "hr_sampler_name": "LMS",
      "hr_scheduler": "karras", "hr_checkpoint_name": "c"},
     {"hr_resize_x": 64, "hr_resize_y": 96, "hr_prompt": "x", "hr_negative_prompt": "y", "hr_sampler_name": "LMS",
      "hr_scheduler": "karras", "hr_checkpoint_name": "c"}),
    ({"firstphase_width": 64, "firstphase_height": 96, "width": 128, "height": 192},
     {"width": 64, "height": 96, "hr_resize_x": 128, "hr_resize_y": 192}),
    ({"firstphase_width": 0, "firstphase_height": 0}, {}),
    ({"firstpass_image": "anything"}, {}),
])
def test_fields_of_txt2img(sent, meant):
    assert changed(txt2img(**sent)) == meant


def test_fields_of_img2img():
    base = img2img(init_images=["a", "b"])
    assert changed(base) == {
        "init_images": ("init_images.0=a", "init_images.1=b"), "denoising_strength": 0.75, "inpainting_fill": 0,
        "inpaint_full_res": True, "inpaint_full_res_padding": 0}
    for sent, meant in (
            ({"mask": "m", "latent_mask": "l"}, {"mask": "mask=m", "latent_mask": "latent_mask=l"}),
            ({"mask_blur": 9}, {"mask_blur_x": 9, "mask_blur_y": 9}),
            ({"mask_blur": 0, "mask_blur_x": 7}, {"mask_blur_x": 0, "mask_blur_y": 0}),
            ({"mask_blur_x": 7}, {"mask_blur_x": 7}),
            ({"mask_round": False, "inpainting_fill": 1}, {"mask_round": False, "inpainting_fill": 1}),
            ({"inpainting_mask_invert": 1}, {"inpainting_mask_invert": True}),
            ({"inpainting_mask_invert": True}, {"inpainting_mask_invert": True}),
            ({"inpaint_full_res": False, "inpaint_full_res_padding": 32},
             {"inpaint_full_res": False, "inpaint_full_res_padding": 32}),
            ({"resize_mode": 3, "image_cfg_scale": 1.5, "initial_noise_multiplier": 1},
             {"resize_mode": 3, "image_cfg_scale": 1.5, "initial_noise_multiplier": 1.0})):
        assert changed(img2img(init_images=["a", "b"], **sent), base) == meant


def use(title: str, args, tab="img2img"):
    return choose_scripts(Sections(), tab, {title: {"args": args}})


@pytest.mark.parametrize(("args", "soft"), [
    ([True], SoftInpainting(1.0, 0.5, 4.0, 0.0, 0.5, 2.0)),
    ([True, 2, 1, 8, 0.5, 1, 4, "cut off"], SoftInpainting(2.0, 1.0, 8.0, 0.5, 1.0, 4.0)),
    ([True, 2], SoftInpainting(2.0, 0.5, 4.0, 0.0, 0.5, 2.0)),
    ([False, 2], None), ([], None)])
@pytest.mark.parametrize("title", ["Soft inpainting", "soft inpainting", "SOFT INPAINTING"])
def test_soft_inpainting_by_its_controls(title, args, soft):
    assert img2img(use(title, args)).soft_inpainting == soft


@pytest.mark.parametrize("args", [
    [True, "1"], [True, None], [True, 99], [True, True], [True, float("nan")], [True, []]])
def test_soft_inpainting_refuses_what_its_controls_could_not_be_set_to(args):
    with pytest.raises(InvalidRequestError, match=r"Schedule bias must be a number from 0 to 8"):
        img2img(use("soft inpainting", args))


def test_sections_of_the_page_change_nothing():
    for title in ("Sampler", "Seed", "Refiner", "Extra options"):
        assert txt2img() == from_txt2img(Txt2ImgRequest(), use(title, [99, "DDIM"], "txt2img"))


@pytest.mark.parametrize(("title", "tab"), [("ADetailer", "txt2img"), ("ControlNet", "img2img"),
                                             ("soft inpainting", "txt2img"), ("", "txt2img")])
def test_a_script_that_is_not_there_is_named(title, tab):
    with pytest.raises(HTTPException) as caught:
        use(title, [], tab)
    assert (caught.value.status_code, caught.value.detail) == (422, f"Script '{title}' not found")


def test_a_script_to_choose_is_not_always_on():
    catalog = Sections([Section("Plot", (), is_alwayson=False)])
    with pytest.raises(HTTPException, match="Cannot have a selectable script"):
        choose_scripts(catalog, "txt2img", {"plot": {}})


def test_a_chosen_script_gets_a_value_for_every_control():
    steps = Section("Steps", (ScriptArgument("how many"),), is_alwayson=False,
                    change=lambda request, args: replace(request, steps=args[0]))
    catalog = Sections([steps, *SECTIONS])
    use = select_script(catalog, "txt2img", "STEPS", [7])
    assert from_txt2img(Txt2ImgRequest(), [use]).steps == 7
    for title, args, message in (("steps", [1, 2], "takes 1 values, not 2"),
                                 ("seed", [], "always on")):
        with pytest.raises(InvalidRequestError, match=message):
            select_script(catalog, "txt2img", title, args)


@pytest.mark.parametrize("entry", [{"args": {"a": 1}}, {"args": "text"}, 5, None])
def test_arguments_are_a_list(entry):
    with pytest.raises(InvalidRequestError, match="args"):
        choose_scripts(Sections(), "txt2img", {"Seed": entry})
