"""What people do on the Extras tab: choose a picture, enlarge it, look at before and after, send it on."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

pytestmark = pytest.mark.browser
PARAMETERS = "a red house\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 5, Size: 96x64"


@pytest.fixture
def house(tmp_path) -> Path:
    """A picture that carries its parameters."""
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", PARAMETERS)
    path = tmp_path / "house.png"
    Image.linear_gradient("L").resize((96, 64)).convert("RGB").save(path, pnginfo=info)
    return path


@pytest.fixture
def extras(page):
    page.click("#tab_extras-button")
    return page


def choose(page, path: Path) -> None:
    page.set_input_files("#extras_image input[type=file]", path)
    page.wait_for_selector("#extras_image .canvas-filled", timeout=30_000)


def generate(page) -> str:
    page.click("#extras_generate")
    page.wait_for_selector("#html_log_extras .time, #html_log_extras .error", timeout=60_000)
    return page.inner_text("#html_log_extras")


def shown(page) -> Image.Image:
    """The very file behind the picture in the gallery."""
    url = page.evaluate("document.querySelector('.output-panel[data-tab=extras] .gallery-main img').src")
    return Image.open(io.BytesIO(page.request.get(url).body()))


def test_a_picture_is_enlarged_and_keeps_its_parameters(extras, house):
    choose(extras, house)
    extras.wait_for_selector("#extras_final_size :text('from 96×64 to 384×256')", timeout=10_000)
    generate(extras)
    made = shown(extras)
    assert made.size == (384, 256)
    assert made.info["parameters"] == PARAMETERS
    assert made.info["extras"] == "Postprocess upscale by: 4, Postprocess upscaler: crayon-4x"
    assert "Postprocess upscale by: 4" in extras.inner_text("#html_info_extras")


def test_before_and_after_are_laid_over_each_other(extras, house):
    choose(extras, house)
    generate(extras)
    extras.wait_for_selector(".comparing .compare", timeout=30_000)
    box = extras.locator(".compare").bounding_box()
    extras.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + 40)
    assert extras.evaluate("Math.round(document.querySelector('.compare input').value)") == 25
    extras.click("text=Before and after")
    assert extras.is_visible("#extras_gallery") and not extras.is_visible(".compare")
    extras.click("text=Before and after")
    extras.click(".compare-larger")
    assert extras.is_visible("dialog .compare")
    extras.keyboard.press("Escape")
    extras.wait_for_selector("dialog", state="detached")


def test_an_impossible_size_is_explained(extras, tmp_path):
    Image.new("RGB", (4200, 10)).save(tmp_path / "wide.png")
    choose(extras, tmp_path / "wide.png")
    text = generate(extras)
    assert "4200x10 pixels enlarged 4 times is 16800x40" in text and "3.9 times" in text


def test_nothing_chosen_is_said(extras):
    assert "no picture to work on" in generate(extras)


def test_several_pictures_and_a_broken_one(extras, house, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(house.read_bytes()[:200])
    second = tmp_path / "second.png"
    Image.new("RGB", (64, 64), "teal").save(second)
    extras.click("#extras_batch_process_tab-button")
    extras.set_input_files("#extras_image_batch input[type=file]", [house, broken, second])
    extras.wait_for_function("document.querySelector('#extras_image_batch').innerText.includes('second')",
                             timeout=30_000)
    text = generate(extras)
    assert "broken.png: This picture is damaged" in text
    panel = ".output-panel[data-tab=extras]"
    assert extras.locator(f"{panel} .thumbnail-item").count() == 2
    assert extras.get_attribute(f"{panel} .thumbnail-item >> nth=1", "title").startswith("second")


def test_a_folder_of_this_computer(extras, house, tmp_path):
    extras.click("#extras_batch_directory_tab-button")
    extras.fill("#extras_batch_input_dir :is(input, textarea)", str(tmp_path))
    extras.fill("#extras_batch_output_dir :is(input, textarea)", str(tmp_path / "out"))
    assert f"1 picture is in {tmp_path / 'out'}" in generate(extras)
    assert Image.open(tmp_path / "out" / "house.png").size == (384, 256)


def test_a_result_goes_on_to_txt2img_with_its_parameters(extras, house):
    choose(extras, house)
    generate(extras)
    extras.click("#extras_send_to_txt2img")
    extras.wait_for_function("document.querySelector('#txt2img_prompt textarea').value === 'a red house'",
                             timeout=30_000)


def test_a_narrow_window_has_no_sideways_scroll(extras):
    extras.set_viewport_size({"width": 390, "height": 844})
    assert extras.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert extras.is_visible("#extras_generate")


def test_a_picture_of_png_info_is_sent_here(page, house):
    page.click("#tab_pnginfo-button")
    page.set_input_files("#pnginfo_image input[type=file]", house)
    page.wait_for_function("document.querySelector('#pnginfo_generation_info textarea').value.includes('a red house')",
                           timeout=30_000)
    page.click("#extras_tab")
    page.wait_for_selector("#extras_image .canvas-filled", timeout=30_000)
    assert page.is_visible("#extras_generate")
    generate(page)
    assert shown(page).info["parameters"] == PARAMETERS
