from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from modules.foundation.errors import InvalidRequestError, NotFoundError, WebUIError
from modules.foundation.size import Size
from modules.frontend.img2img_reader import Img2imgReader
from modules.frontend.img2img_request import MASKED_CONTENT, RESIZE_MODES
from modules.frontend.outpaint_tab import outpaint_request
from modules.frontend.request_values import txt2img_request, upscale_request
from modules.frontend.submission import read_situation
from modules.generation.request import GenerationRequest, Outpainting, SoftInpainting

SHARED = {
    "prompt": "a castle", "negative_prompt": "", "styles": [], "sampler_name": "Euler", "scheduler": "Automatic",
    "steps": 20, "cfg_scale": 7, "batch_count": 1, "batch_size": 2, "seed": 5, "extra_seed": False, "subseed": 9,
    "subseed_strength": 0.5, "seed_resize_from_w": 0, "seed_resize_from_h": 0, "enable_refiner": False,
    "refiner_checkpoint": "other", "refiner_switch_at": 0.8, "tiling": False, "override_settings": [],
}
TXT2IMG = SHARED | {
    "width": 128, "height": 64, "enable_hr": False, "denoising_strength": 0.7, "hr_scale": 1.5,
    "hr_upscaler": "Lanczos", "hr_second_pass_steps": 3, "hr_resize_x": 0, "hr_resize_y": 0,
    "hr_checkpoint_name": "Use same checkpoint", "hr_sampler_name": "Use same sampler",
    "hr_scheduler": "Use same scheduler", "hr_prompt": "larger", "hr_negative_prompt": "",
}
IMG2IMG = SHARED | {
    "width": 128, "height": 64, "scale": 1.5, "resize_mode": RESIZE_MODES[0], "denoising_strength": 0.75,
    "image_cfg_scale": 1.5,
    "mask_blur": 4, "mask_alpha": 0, "mask_mode": "Inpaint masked", "inpainting_fill": "original",
    "inpaint_full_res": "Whole picture", "inpaint_full_res_padding": 32, "soft_inpainting_enabled": False,
    "mask_blend_power": 1, "mask_blend_scale": 0.5, "inpaint_detail_preservation": 4, "composite_mask_influence": 0,
    "composite_difference_threshold": 0.5, "composite_difference_contrast": 2, "batch_files": None, "input_dir": "",
    "output_dir": "", "mask_dir": "", "use_png_info": False, "png_info_dir": "", "png_info_props": ["Prompt"],
}
OUTPAINT = SHARED | {
    "denoising_strength": 0.8, "fill": "noise", "mask_blur": 8, "falloff_exponent": 1, "color_variation": 0.05,
    "seam_pass": False,
}


def png(color="red", size=(16, 16), **texts):
    buffer, info = io.BytesIO(), PngInfo()
    for key, value in texts.items():
        info.add_text(key, value)
    Image.new("RGB", size, color).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


class TestTxt2img:
    def test_what_is_closed_is_left_out(self):
        assert txt2img_request(TXT2IMG) == GenerationRequest(
            prompt="a castle", sampler_name="Euler", scheduler="Automatic", steps=20, cfg_scale=7, batch_size=2, seed=5,
            width=128, height=64)

    def test_extra_seed_refiner_and_switches(self):
        request = txt2img_request(TXT2IMG | {"extra_seed": True, "enable_refiner": True, "tiling": True,
                                             "restore_faces": True, "override_settings": ["Clip skip: 2"]})
        assert (request.subseed, request.subseed_strength) == (9, 0.5)
        assert (request.refiner_checkpoint, request.refiner_switch_at) == ("other", 0.8)
        assert request.tiling and request.restore_faces
        assert request.override_settings == {"CLIP_stop_at_last_layers": "2"}

    def test_a_refiner_without_a_checkpoint_is_none(self):
        assert txt2img_request(TXT2IMG | {"enable_refiner": True, "refiner_checkpoint": None}).refiner_switch_at is None

    def test_hires_fix(self):
        request = txt2img_request(TXT2IMG | {"enable_hr": True})
        assert request.enable_hr and (request.hr_scale, request.hr_upscaler) == (1.5, "Lanczos")
        assert (request.hr_second_pass_steps, request.denoising_strength, request.hr_prompt) == (3, 0.7, "larger")
        assert request.hr_checkpoint_name is request.hr_sampler_name is request.hr_scheduler is None

    def test_a_finished_picture_is_enlarged_with_its_own_seed(self):
        request = upscale_request(TXT2IMG, "abc", Size(96, 80), {"Seed": "77", "Variation seed": "8"})
        assert request.enable_hr and request.firstpass_image == "abc" and (request.width, request.height) == (96, 80)
        assert (request.seed, request.subseed, request.batch_size, request.batch_count) == (77, 8, 1, 1)
        assert request.override_settings == {"save_images_before_highres_fix": False}

    def test_a_finished_picture_that_says_nothing_gets_a_new_seed(self):
        assert upscale_request(TXT2IMG, "abc", Size(96, 80), {"Seed": "many"}).seed == -1


class TestImg2img:
    @pytest.fixture
    def read(self, behind_page):
        reader = Img2imgReader(behind_page)
        return lambda values, situation: [one.request for one in reader(IMG2IMG | values, situation)]

    def test_a_picture(self, read):
        [request] = read({}, {"mode": "img2img", "image": "abc"})
        assert request.init_images == ("abc",) and request.mask is None and request.denoising_strength == 0.75
        assert request.image_cfg_scale == 1.5
        assert (request.width, request.height, request.resize_by) == (128, 64, None)

    def test_a_picture_and_a_scale(self, read):
        [request] = read({"resize_mode": RESIZE_MODES[2]}, {"mode": "img2img", "image": "abc", "resize_by": True})
        assert (request.width, request.height, request.resize_by, request.resize_mode) == (None, None, 1.5, 2)

    def test_a_sketch_takes_the_place_of_its_picture(self, read):
        assert read({}, {"mode": "sketch", "image": "abc", "sketch": "def"})[0].init_images == ("def",)
        assert read({}, {"mode": "sketch", "image": "abc", "sketch": None})[0].init_images == ("abc",)

    @pytest.mark.parametrize("mode", ["inpaint", "inpaint_upload"])
    def test_a_mask(self, read, mode):
        values = {"mask_blur": 7, "mask_mode": "Inpaint not masked", "inpainting_fill": "latent noise",
                  "inpaint_full_res": "Only masked", "inpaint_full_res_padding": 8}
        [request] = read(values, {"mode": mode, "image": "abc", "mask": "def"})
        assert (request.init_images, request.mask) == (("abc",), "def")
        assert (request.mask_blur_x, request.mask_blur_y, request.inpaint_full_res_padding) == (7, 7, 8)
        assert request.inpainting_mask_invert and request.inpaint_full_res
        assert request.inpainting_fill == MASKED_CONTENT.index("latent noise") and request.soft_inpainting is None

    def test_soft_inpainting(self, read):
        values = {"soft_inpainting_enabled": True, "mask_blend_power": 2}
        [request] = read(values, {"mode": "inpaint", "image": "abc", "mask": "def"})
        assert request.soft_inpainting == SoftInpainting(mask_blend_power=2)

    def test_an_inpaint_sketch_becomes_a_picture_and_a_mask(self, read, behind_page):
        store = behind_page.pictures
        painted = Image.new("RGB", (16, 16), "red")
        painted.paste("blue", (4, 4, 8, 8))
        buffer = io.BytesIO()
        painted.save(buffer, "PNG")
        situation = {"mode": "inpaint_sketch", "image": store.keep(png()), "sketch": store.keep(buffer.getvalue())}
        [request] = read({"mask_blur": 0, "mask_alpha": 40}, situation)
        assert np.array_equal(store.open(request.init_images[0]).getpixel((0, 0)), (255, 0, 0))
        mask = store.open(request.mask).convert("L")
        assert mask.getbbox() == (4, 4, 8, 8) and mask.getpixel((5, 5)) == 153

    @pytest.mark.parametrize(("situation", "message"), [
        ({"mode": "img2img", "image": None}, "no picture"),
        ({"mode": "inpaint", "image": "abc", "mask": None}, "no mask"),
        ({"mode": "inpaint_sketch", "image": "abc", "sketch": None}, "Nothing is painted"),
        ({"mode": "inpaint_upload", "image": "abc"}, "no mask"),
        ({"mode": "batch"}, "no pictures"),
        ({"mode": "batch", "batch": "directory"}, "no input folder"),
    ])
    def test_what_is_missing_is_said(self, read, situation, message):
        with pytest.raises(InvalidRequestError, match=message) as raised:
            read({}, situation)
        assert raised.value.remedy


class TestBatch:
    SITUATION = {"mode": "batch", "batch": "directory"}  # noqa: RUF012

    @pytest.fixture
    def folder(self, tmp_path):
        for name in ("b10.png", "b9.png"):
            (tmp_path / name).write_bytes(png(
                parameters="by itself\nSteps: 9, Sampler: Heun, CFG scale: 3.5, Seed: 31, Size: 16x16"))
        (tmp_path / "notes.txt").write_text("not a picture")
        return tmp_path

    @pytest.fixture
    def read(self, behind_page):
        reader = Img2imgReader(behind_page)
        return lambda values, situation: list(reader(IMG2IMG | values, situation))

    def test_a_request_for_each_picture_in_the_order_of_people(self, read, folder, behind_page):
        wanted = read({"input_dir": str(folder)}, self.SITUATION)
        assert [one.title for one in wanted] == ["b9.png", "b10.png"]
        kept = behind_page.pictures.path(wanted[0].request.init_images[0])
        assert kept.read_bytes() == (folder / "b9.png").read_bytes()

    def test_uploads(self, read, folder):
        files = [str(folder / "b10.png"), str(folder / "notes.txt")]
        good, bad = read({"batch_files": files}, {"mode": "batch", "batch": "upload"})
        assert good.request.init_images and isinstance(bad.request, WebUIError) and bad.title == "notes.txt"

    def test_results_are_named_after_their_pictures(self, read, folder, tmp_path):
        one = read({"input_dir": str(folder), "output_dir": str(tmp_path / "out"), "batch_size": 1}, self.SITUATION)[0]
        assert one.request.override_settings == {
            "outdir_samples": str(tmp_path / "out"), "samples_filename_pattern": "b9", "save_to_dirs": False,
            "save_images_add_number": False, "save_images_replace_action": "Add number suffix"}
        several = read({"input_dir": str(folder), "output_dir": str(tmp_path / "out")}, self.SITUATION)[0]
        assert several.request.override_settings["samples_filename_pattern"] == "b9-[generation_number]"

    def test_masks(self, read, folder, tmp_path):
        masks = tmp_path / "masks"
        masks.mkdir()
        (masks / "b9.png").write_bytes(png("white"))
        values = {"input_dir": str(folder), "mask_dir": str(masks)}
        assert [bool(one.request.mask) for one in read(values, self.SITUATION)] == [True, True]
        (masks / "other.png").write_bytes(png("black"))
        assert [one.title for one in read(values, self.SITUATION)] == ["b9.png"]

    def test_the_pictures_own_parameters(self, read, folder):
        values = {"input_dir": str(folder), "use_png_info": True,
                  "png_info_props": ["Prompt", "Seed", "CFG scale", "Sampler", "Steps"]}
        request = read(values, self.SITUATION)[0].request
        assert request.prompt == "a castle by itself" and request.sampler_name == "Heun"
        assert (request.seed, request.cfg_scale, request.steps) == (31, 3.5, 9)
        assert read(values | {"png_info_props": []}, self.SITUATION)[0].request.seed == 5

    def test_a_folder_that_is_not_there(self, read):
        with pytest.raises(NotFoundError):
            read({"input_dir": "/no/such/folder"}, self.SITUATION)


class TestOutpaint:
    def test_sides_and_fill(self):
        situation = {"image": "abc", "frame": {"left": 64, "right": 0, "up": 0, "down": 32}}
        request = outpaint_request(OUTPAINT | {"fill": "mirror", "seam_pass": True}, situation)
        assert request.init_images == ("abc",) and request.denoising_strength == 0.8 and request.width is None
        assert request.outpainting == Outpainting(left=64, down=32, fill="mirror", seam_pass=True)

    @pytest.mark.parametrize(("situation", "message"), [
        ({"frame": {"left": 8}}, "no picture"), ({"image": "abc"}, "not extended"),
        ({"image": "abc", "frame": {"left": 0}}, "not extended")])
    def test_what_is_missing_is_said(self, situation, message):
        with pytest.raises(InvalidRequestError, match=message):
            outpaint_request(OUTPAINT, situation)


@pytest.mark.parametrize("text", ["[1]", "{", "[" * 100_000, '"x"'])
def test_a_situation_that_cannot_be_read(text):
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        read_situation(text)


def test_what_went_wrong_on_the_page_is_passed_on():
    with pytest.raises(InvalidRequestError, match="too large") as raised:
        read_situation(json.dumps({"error": "The picture is too large.", "remedy": "Make it smaller."}))
    assert raised.value.remedy == "Make it smaller."
    assert read_situation("") == {}
