"""txt2img and img2img as programs see them."""

from __future__ import annotations

import base64
import io
import json
import re
import threading

import pytest
from PIL import Image

from tests.api.conftest import png

BASE = {
    "batch_size": 1, "cfg_scale": 7, "denoising_strength": 0, "enable_hr": False, "eta": 0, "firstphase_height": 0,
    "firstphase_width": 0, "height": 64, "width": 64, "n_iter": 1, "negative_prompt": "", "prompt": "example prompt",
    "restore_faces": False, "s_churn": 0, "s_noise": 1, "s_tmax": 0, "s_tmin": 0, "sampler_index": "Euler a",
    "seed": -1, "seed_resize_from_h": -1,
    "seed_resize_from_w": -1, "steps": 3, "styles": [], "subseed": -1, "subseed_strength": 0,
    "tiling": False}
"""What A1111's own tests send."""
PICTURE = base64.b64encode(png()).decode()
INFO_KEYS = {
    "prompt", "all_prompts", "negative_prompt", "all_negative_prompts", "seed", "all_seeds", "subseed",
    "all_subseeds", "subseed_strength", "width", "height", "sampler_name", "cfg_scale", "steps", "batch_size",
    "restore_faces", "face_restoration_model", "sd_model_name", "sd_model_hash", "sd_vae_name", "sd_vae_hash",
    "seed_resize_from_w", "seed_resize_from_h", "denoising_strength", "extra_generation_params",
    "index_of_first_image", "infotexts", "styles", "job_timestamp", "clip_skip", "is_using_inpainting_conditioning",
    "version",
}


def make(client, route="txt2img", status=200, **values):
    answer = client.post(f"/sdapi/v1/{route}", json={**BASE, **values})
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.mark.parametrize("values", [
    {}, {"negative_prompt": "x"},
    {"prompt": "((emphasis)), (emphasis1:1.1), [to:1], [from::2], [from:to:0.3], [alt|alt1]"},
    {"height": 128}, {"enable_hr": True}, {"tiling": True}, {"restore_faces": True}, {"sampler_index": "PLMS"},
    {"sampler_index": "DDIM"}, {"sampler_index": "UniPC"}, {"n_iter": 2}, {"batch_size": 2}])
def test_what_a1111_s_own_tests_ask(client, values):
    content = make(client, **values)
    assert len(content["images"]) == values.get("n_iter", 1) * values.get("batch_size", 1)


def test_the_answer_has_everything_programs_read(client, desk):
    content = make(client, prompt="a castle", seed=7, batch_size=2, styles=["soft"])
    assert set(content) == {"images", "parameters", "info"}
    assert Image.open(io.BytesIO(base64.b64decode(content["images"][0]))).size == (8, 8)
    assert content["parameters"]["prompt"] == "a castle" and content["parameters"]["sampler_name"] is None
    info = json.loads(content["info"])
    assert set(info) >= INFO_KEYS
    assert info["all_seeds"] == [7, 8] and info["seed"] == 7 and info["all_prompts"] == ["watercolor of a castle"] * 2
    assert info["all_negative_prompts"] == ["harsh"] * 2 and info["styles"] == ["soft"]
    assert info["index_of_first_image"] == 0 and len(info["infotexts"]) == 2
    assert re.fullmatch(r"\d{14}", info["job_timestamp"]) and info["version"] == "v1.10.1"


def test_pictures_can_be_left_out(client):
    assert make(client, send_images=False)["images"] == []


@pytest.mark.parametrize(("wanted", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")])
def test_pictures_come_in_the_format_of_the_settings(client, wanted, kind):
    content = make(client, override_settings={"samples_format": wanted})
    image = Image.open(io.BytesIO(base64.b64decode(content["images"][0])))
    assert image.format == kind
    if kind != "PNG":
        assert "example prompt".encode("utf-16-be") in image.info["exif"]


def test_img2img_gives_back_pictures_only_if_asked(client):
    content = make(client, "img2img", init_images=[PICTURE], mask=f"data:image/png;base64,{PICTURE}")
    assert content["parameters"]["init_images"] is None and content["parameters"]["mask"] is None
    content = make(client, "img2img", init_images=[PICTURE], include_init_images=True)
    assert content["parameters"]["init_images"] == [PICTURE]


@pytest.mark.parametrize("values", [{}, {"init_images": None}, {"init_images": []}])
def test_img2img_without_a_picture(client, values):
    content = make(client, "img2img", 404, **values)
    assert content == {"error": "HTTPException", "detail": "Init image not found", "body": "", "errors": ""}


@pytest.mark.parametrize(("values", "detail"), [
    ({"script_name": "X/Y/Z plot", "script_args": [1]}, "Script 'X/Y/Z plot' not found"),
    ({"alwayson_scripts": {"ADetailer": {"args": [True]}}}, "Script 'ADetailer' not found")])
def test_scripts_that_are_not_there(client, values, detail):
    assert make(client, status=422, **values)["detail"] == detail


def test_an_unknown_sampler_is_replaced_and_said(client):
    info = json.loads(make(client, sampler_name="Nope")["info"])
    assert info["sampler_name"] == "DPM++ 2M"


def test_a_missing_checkpoint_is_an_error_not_another_picture(client):
    content = make(client, status=404, override_settings={"sd_model_checkpoint": "nope"})
    assert content["error"] == "NotFoundError" and "nope" in content["detail"]


def test_files_go_nowhere_else(client):
    content = make(client, status=422, override_settings={"outdir_samples": "/tmp/elsewhere"}, save_images=True)
    assert content["detail"][0]["loc"] == ["body", "outdir_samples"]


def test_a_body_of_no_type_is_json(client):
    answer = client.post("/sdapi/v1/txt2img", content=json.dumps(BASE))
    assert answer.status_code == 200


def test_an_infotext_fills_in_what_is_not_said(client):
    text = ("a tower\nNegative prompt: fog\nSteps: 5, Sampler: DDIM, Schedule type: Karras, CFG scale: 3, Seed: 11, "
            "Size: 128x64, Denoising strength: 0.5, Hires upscale: 1.5, Hires upscaler: Latent, Eta DDIM: 0.5")
    answer = client.post("/sdapi/v1/txt2img", json={"infotext": text, "height": 96})
    info = json.loads(answer.json()["info"])
    assert (info["prompt"], info["negative_prompt"], info["steps"], info["cfg_scale"]) == ("a tower", "fog", 5, 3)
    assert (info["width"], info["height"], info["seed"], info["sampler_name"]) == (128, 96, 11, "DDIM")
    rest = {"init_images": [PICTURE], "width": 64, "height": 64}
    answer = client.post("/sdapi/v1/img2img", json={"infotext": text, **rest})
    info = json.loads(answer.json()["info"])
    assert (info["prompt"], info["steps"], info["seed"], info["cfg_scale"]) == ("", 5, 11, 7)


def test_an_absurd_infotext_is_refused_by_name(client):
    content = client.post("/sdapi/v1/txt2img", json={"infotext": "x\nSteps: 1000000000, Sampler: Euler, Size: 64x64"})
    assert content.status_code == 422 and content.json()["detail"][0]["loc"] == ["body", "infotext"]


def test_a_task_id_leads_to_the_job(client, desk):
    desk.runner.gate.clear()
    desk.runner.started.clear()
    thread = threading.Thread(target=make, args=(client,), kwargs={"force_task_id": "mine", "prompt": "slow"})
    thread.start()
    try:
        assert desk.runner.started.wait(10)
        ask = {"id_task": "mine", "id_live_preview": -1}
        progress = client.post("/internal/progress", json=ask).json()
        assert progress["active"] and progress["progress"] == pytest.approx(0.31) and not progress["completed"]
        current = client.get("/sdapi/v1/progress").json()
        assert current["progress"] == pytest.approx(0.31) and current["state"]["sampling_step"] == 3
        assert current["state"]["job_count"] == 1 and current["current_image"] is None
    finally:
        desk.runner.gate.set()
        thread.join(10)
    assert client.post("/internal/progress", json=ask).json()["completed"]
    assert client.get("/sdapi/v1/progress").json()["state"]["job_count"] == 0


def test_interrupting_ends_the_running_job(client, desk):
    desk.runner.gate.clear()
    desk.runner.started.clear()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(make(client, n_iter=3)))
    thread.start()
    try:
        assert desk.runner.started.wait(10)
        assert client.post("/sdapi/v1/interrupt").json() == {}
        assert client.post("/sdapi/v1/skip").json() is None
        assert client.get("/sdapi/v1/progress").json()["state"]["interrupted"]
    finally:
        desk.runner.gate.set()
        thread.join(10)
    assert answers[0]["images"] == []
