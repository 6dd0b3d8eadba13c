"""Going on from a picture: choosing it, painting a mask, generating, sending the result on, coming back."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

pytestmark = pytest.mark.browser
PROMPT = "#img2img_prompt textarea"


@pytest.fixture
def picture(tmp_path):
    """A sky with a sun and a house, as a file."""
    image = Image.new("RGB", (128, 128), (120, 190, 240))
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 60, 90, 110), fill=(200, 60, 40))
    draw.ellipse((85, 10, 115, 40), fill=(255, 220, 60))
    image.save(tmp_path / "house.png")
    return tmp_path / "house.png"


def choose(page, canvas: str, path) -> None:
    page.set_input_files(f"#{canvas} input[type=file]", path)
    page.wait_for_function(f"webui.canvas.size('{canvas}')", timeout=30_000)


def set_number(page, control: str, value: int) -> None:
    page.fill(f"#{control} input[type=number]", str(value))
    page.press(f"#{control} input[type=number]", "Tab")


def generate(page, tab: str) -> None:
    page.press(f"#{tab}_prompt textarea", "Control+Enter")
    page.wait_for_selector(f"#html_log_{tab} .time", timeout=120_000)


def shown_picture(page, tab: str) -> Image.Image:
    url = page.evaluate(f"webui.gallery.selected('{tab}').url")
    return Image.open(io.BytesIO(page.request.get(page.evaluate("document.baseURI") + url).body()))


def test_generate_without_a_picture_says_what_to_do(page):
    page.click("#tab_img2img-button")
    page.click("#img2img_generate")
    page.wait_for_selector("#html_log_img2img .error", timeout=30_000)
    assert "no picture" in page.inner_text("#html_log_img2img .error")
    assert "Choose a picture first" in page.inner_text("#html_log_img2img .remedy")
    assert page.is_visible("#img2img_generate")


def test_inpainting_changes_what_was_painted_and_nothing_else(page, picture):
    page.click("#tab_img2img-button")
    page.click("#img2img_inpaint_tab-button")
    assert page.is_visible("#img2img_mask_mode") and page.is_hidden("#img2img_mask_alpha")
    choose(page, "img2maskimg", picture)
    stage = page.locator("#img2maskimg canvas").first
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 50, y)
    page.mouse.down()
    page.mouse.move(x + 50, y + 10, steps=6)
    page.mouse.up()
    page.fill(PROMPT, "a red house under a yellow sun")
    set_number(page, "img2img_steps", 6)
    set_number(page, "img2img_seed", 3)
    generate(page, "img2img")
    before, after = np.asarray(Image.open(picture)), np.asarray(shown_picture(page, "img2img"))
    assert np.array_equal(before[:20], after[:20]) and not np.array_equal(before[50:80], after[50:80])
    assert "Mask blur: 4" in page.inner_text("#html_info_img2img")


def test_a_result_goes_on_to_another_tab_and_both_outlive_a_reload(page, picture):
    page.click("#tab_img2img-button")
    choose(page, "img2img_image", picture)
    page.fill(PROMPT, "a blue fish")
    set_number(page, "img2img_steps", 4)
    set_number(page, "img2img_width", 64)
    generate(page, "img2img")
    page.click("#img2img_send_to_outpaint")
    page.wait_for_function("webui.canvas.size('outpaint_image')?.width === 64", timeout=30_000)
    page.wait_for_function("document.querySelector('#outpaint_prompt textarea').value === 'a blue fish'",
                           timeout=30_000)
    assert page.input_value("#outpaint_steps input[type=number]") == "4"
    page.wait_for_timeout(3000)  # what is on a canvas is kept a moment after it changes
    page.reload()
    page.wait_for_selector(".webui-ready", state="attached", timeout=60_000)
    page.wait_for_function("webui.canvas.size('outpaint_image')?.width === 64", timeout=60_000)
    page.wait_for_function("webui.gallery.selected('img2img')?.infotext.startsWith('a blue fish')", timeout=30_000)
    page.wait_for_function("webui.canvas.size('img2img_image')?.width === 128", timeout=30_000)


def test_outpainting_adds_what_the_frame_says(page, picture):
    page.click("#tab_outpaint-button")
    choose(page, "outpaint_image", picture)
    page.evaluate("webui.canvas.setFrame('outpaint_image', {left: 64})")
    page.click("#outpaint_preview")
    page.wait_for_function("document.querySelector('.canvas-preview').naturalWidth === 192", timeout=30_000)
    page.fill("#outpaint_prompt textarea", "a house by the sea")
    set_number(page, "outpaint_steps", 3)
    generate(page, "outpaint")
    assert shown_picture(page, "outpaint").size == (192, 128)


def test_hires_fix_says_its_size_and_makes_it(page):
    page.click("#txt2img_hr-checkbox input")
    set_number(page, "txt2img_width", 64)
    set_number(page, "txt2img_height", 128)
    set_number(page, "txt2img_hr_resize_x", 96)
    page.wait_for_function(
        "document.querySelector('#txtimg_hr_finalres').innerText.trim() === 'from 64×128 to 96×192'", timeout=30_000)
    page.fill("#txt2img_prompt textarea", "a tower")
    set_number(page, "txt2img_steps", 3)
    generate(page, "txt2img")
    assert shown_picture(page, "txt2img").size == (96, 192)


@pytest.mark.parametrize(("first", "scale", "x", "y", "made"), [
    ((512, 512), 2, 0, 0, (1024, 1024)), ((512, 768), 1.5, 0, 0, (768, 1152)), ((512, 512), 1.33, 0, 0, (680, 680)),
    ((512, 768), 2, 0, 1024, (680, 1024)), ((512, 512), 2, 1024, 768, (1024, 768)),
    ((640, 448), 2, 1024, 1024, (1024, 1024)), ((600, 400), 1.1, 0, 0, (656, 440)),
])
def test_the_size_on_the_page_is_the_one_that_is_made(page, first, scale, x, y, made):
    from modules.foundation.size import Size
    from modules.generation.hires_plan import hires_size

    shown = page.evaluate("([[width, height], scale, x, y]) => webui.sizes.hiresSize({width, height}, scale, x, y)",
                          [first, scale, x, y])
    assert (shown["width"], shown["height"]) == made
    latent = hires_size(Size(*first), scale, x, y).latent
    assert (latent.width * 8, latent.height * 8) == made


@pytest.mark.parametrize("tab", ["img2img", "outpaint"])
def test_a_narrow_window_has_no_sideways_scroll(page, tab):
    page.set_viewport_size({"width": 390, "height": 844})
    page.click(f"#tab_{tab}-button")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.is_visible(f"#{tab}_generate")
