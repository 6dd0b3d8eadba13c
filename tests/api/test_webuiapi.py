"""The published client of A1111's API, as it is, against a live server with real (tiny) models."""

from __future__ import annotations

import base64
import io
import threading
import time

import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw

from modules.foundation.cancellation import Cancellation
from modules.generation.events import ImageFinished
from modules.generation.pipeline import run
from modules.generation.plan import plan
from modules.generation.request import GenerationRequest
from modules.generation.run_context import RunContext
from tests.api.conftest import open_desk, serve

SIZE = {"width": 64, "height": 64}
JOB = {"prompt": "a castle on a hill", "negative_prompt": "fog", "seed": 1000, "steps": 3, "cfg_scale": 7.0, **SIZE}


@pytest.fixture(scope="module")
def live(tiny_models, tmp_path_factory):
    from modules.engine.residency import prepare_model_libraries

    prepare_model_libraries()
    with open_desk(tmp_path_factory.mktemp("live"), tiny_models, real=True) as desk, serve(desk.guarded) as port:
        yield desk, port


@pytest.fixture(scope="module")
def api(live):
    webuiapi = pytest.importorskip("webuiapi")
    return webuiapi.WebUIApi(host="127.0.0.1", port=live[1], steps=3)


def picture(color: str = "red") -> Image.Image:
    image = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(image).rectangle((16, 16, 48, 48), fill=color)
    return image


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"))


def test_txt2img(api):
    result = api.txt2img(**JOB, batch_size=2)
    assert len(result.images) == 2 and result.image.size == (64, 64)
    assert result.info["all_seeds"] == [1000, 1001] and result.info["sampler_name"] == "Euler a"
    assert result.info["sd_model_hash"] == "44aeac30a4" and result.info["sd_model_name"] == "tiny-sd1"
    assert result.image.info["parameters"] == result.info["infotexts"][0]
    assert "CFG scale: 7.0" in result.info["infotexts"][0] and result.parameters["sampler_name"] == "Euler a"


def test_hires_fix(api):
    result = api.txt2img(**JOB, enable_hr=True, hr_scale=1.5, hr_upscaler="Lanczos", denoising_strength=0.5)
    assert result.image.size == (96, 96) and "Hires upscaler: Lanczos" in result.info["infotexts"][0]


def test_img2img(api):
    result = api.img2img(images=[picture()], prompt="a castle", denoising_strength=0.5, seed=1, steps=4, **SIZE)
    assert result.image.size == (64, 64) and "Denoising strength: 0.5" in result.info["infotexts"][0]


def test_img2img_with_a_mask(api):
    mask = Image.new("L", (64, 64), 0)
    mask.paste(255, (0, 0, 32, 64))
    result = api.img2img(images=[picture()], mask_image=mask, mask_blur=0, inpainting_fill=1, inpaint_full_res=False,
                         prompt="a castle", denoising_strength=0.9, seed=1, steps=4, **SIZE)
    before, after = pixels(picture()), pixels(result.image)
    assert np.array_equal(before[:, 40:], after[:, 40:]) and not np.array_equal(before[:, :24], after[:, :24])


def test_extras(api):
    result = api.extra_single_image(picture(), upscaler_1="Lanczos", upscaling_resize=2)
    assert result.image.size == (128, 128)
    result = api.extra_batch_images([picture(), picture("blue")], upscaler_1="tiny-esrgan-2x", upscaling_resize=2)
    assert [image.size for image in result.images] == [(128, 128)] * 2
    assert not np.array_equal(pixels(result.images[0]), pixels(result.images[1]))


def test_png_info(api):
    made = api.txt2img(**JOB).image
    saved = Image.new("RGB", (8, 8))
    saved.info = {"parameters": made.info["parameters"]}
    assert made.info["parameters"].startswith("a castle on a hill")
    assert api.png_info(saved).info is not None


def test_options(api):
    before = api.get_options()
    api.set_options({"send_seed": not before["send_seed"], "samples_format": "jpg"})
    assert api.get_options()["send_seed"] is not before["send_seed"]
    assert api.txt2img(**JOB).image.format == "JPEG"
    api.set_options({"send_seed": before["send_seed"], "samples_format": "png"})
    assert api.get_options() == before
    api.util_set_model("tiny-sd1-b")
    assert api.util_get_current_model().startswith("tiny-sd1-b.safetensors")
    assert api.txt2img(**JOB).info["sd_model_name"] == "tiny-sd1-b"
    api.util_set_model("tiny-sd1.safetensors")
    assert api.get_cmd_flags()["api"] is True


@pytest.mark.parametrize("name", [
    "samplers", "sd_vae", "upscalers", "latent_upscale_modes", "loras", "sd_models", "hypernetworks", "face_restorers",
    "realesrgan_models", "prompt_styles", "scripts", "embeddings", "memory", "schedulers"])
def test_lists(api, name):
    assert getattr(api, f"get_{name}")()


def test_names_and_refreshing(api):
    assert "Euler a" in api.util_get_sampler_names() and "karras" in api.util_get_scheduler_names()
    assert any(name.startswith("tiny-sd1") for name in api.util_get_model_names())
    assert api.refresh_checkpoints() is None
    assert api.has_controlnet is False and api.has_adetailer is False


def test_progress_and_interrupting(api, live):
    results = []
    thread = threading.Thread(target=lambda: results.append(api.txt2img(**{**JOB, "steps": 150}, n_iter=10)))
    thread.start()
    deadline = time.monotonic() + 30
    while api.get_progress()["state"]["sampling_step"] < 2:
        assert time.monotonic() < deadline
    progress = api.get_progress()
    assert 0 < progress["progress"] < 1 and progress["state"]["job_count"] == 10
    api.skip()
    api.interrupt()
    thread.join(30)
    assert len(results) == 1 and len(results[0].images) < 10
    api.util_wait_for_ready(0.1)


def test_the_same_request_gives_the_same_bytes_every_way(live, tmp_path):
    """Through A1111's API, through our own, and straight through the pipeline."""
    desk, port = live
    base = f"http://127.0.0.1:{port}"
    asked = {**JOB, "sampler_name": "Euler"}
    answer = httpx.post(f"{base}/sdapi/v1/txt2img", json=asked, timeout=60).json()
    theirs = base64.b64decode(answer["images"][0])
    job = httpx.post(f"{base}/jobs", json={"request": {**asked, "save_images": False}}, timeout=60).json()
    desk.queue.monitor.wait(job["id"], 60)
    ours = httpx.get(f"{base}/jobs/{job['id']}/pictures/0", timeout=60).content
    generation = desk.services.generation
    made: list[ImageFinished] = []
    request = GenerationRequest(**asked, save_images=False)
    run(plan(request, generation.bench.surroundings(generation.settings.current, {})), generation.bench,
        RunContext(lambda event: made.append(event) if isinstance(event, ImageFinished) else None, Cancellation(),
                   job_id="direct"))
    direct = made[0].path.read_bytes()
    assert theirs == ours == direct
    assert Image.open(io.BytesIO(theirs)).info["parameters"] == made[0].infotext
