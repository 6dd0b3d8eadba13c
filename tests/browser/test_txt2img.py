"""What a newcomer does first: types a prompt, presses Generate, sees a picture."""

from __future__ import annotations

import io

import pytest
from PIL import Image

pytestmark = pytest.mark.browser
PROMPT = "#txt2img_prompt textarea"


def generate(page, prompt: str, **numbers: int) -> None:
    page.fill(PROMPT, prompt)
    for name, value in numbers.items():
        page.fill(f"#txt2img_{name} input[type=number]", str(value))
        page.press(f"#txt2img_{name} input[type=number]", "Tab")
    page.press(PROMPT, "Control+Enter")


def wait_until_done(page) -> None:
    page.wait_for_selector("#html_log_txt2img .time", timeout=120_000)


def shown_picture(page) -> Image.Image:
    """The very file behind the picture in the gallery."""
    url = page.evaluate("document.querySelector('.gallery-main img').src")
    return Image.open(io.BytesIO(page.request.get(url).body()))


def test_a_prompt_becomes_a_picture_with_its_parameters(page):
    generate(page, "a red house under a yellow sun", seed=7, steps=20)
    page.wait_for_selector(".preview", timeout=60_000)
    assert "step" in page.inner_text(".progress-text")
    wait_until_done(page)
    picture = shown_picture(page)
    assert picture.info["parameters"] == page.inner_text(".infotext")
    assert picture.info["parameters"].startswith("a red house under a yellow sun\nSteps: 20, Sampler: DPM++ 2M, ")
    assert "Seed: 7" in picture.info["parameters"] and "Model: crayon-v1" in picture.info["parameters"]


def test_a_reload_finds_the_running_job_and_interrupt_stops_it(page):
    generate(page, "two green trees", steps=150, width=512, height=512)
    page.wait_for_selector(".preview", timeout=60_000)
    page.reload()
    page.wait_for_selector(".generate-box.running", timeout=60_000)
    page.wait_for_selector(".preview", timeout=60_000)
    page.click("#txt2img_interrupt")
    wait_until_done(page)
    assert "Interrupted" in page.inner_text("#html_log_txt2img")


def test_an_impossible_request_is_explained_and_the_page_goes_on(page):
    page.fill(PROMPT, "word " * 6000)
    page.click("#txt2img_generate")
    page.wait_for_selector("#html_log_txt2img .error", timeout=30_000)
    assert "at most 20,000" in page.inner_text("#html_log_txt2img .error")
    assert page.is_visible("#txt2img_generate")


def test_use_these_settings_brings_prompt_and_seed_back(page):
    generate(page, "a blue fish", seed=11, steps=3, width=128, height=128)
    wait_until_done(page)
    page.fill(PROMPT, "")
    page.fill("#txt2img_seed input", "99")
    page.click("[data-action=reuse]")
    page.wait_for_function("document.querySelector('#txt2img_seed input').value === '11'", timeout=30_000)
    assert page.input_value(PROMPT) == "a blue fish"


@pytest.mark.parametrize(("before", "key", "after"), [
    ("a cat", "ArrowUp", "a (cat:1.1)"), ("a (cat:1.1)", "ArrowUp", "a (cat:1.2)"),
    ("a (cat:1.1)", "ArrowDown", "a cat"), ("a (cat)", "ArrowUp", "a (cat:1.2)"), ("a [cat]", "ArrowUp", "a cat"),
    ("<lora:x:1>", "ArrowDown", "<lora:x:0.95>"),
])
def test_weights_change_with_the_keyboard(page, before, key, after):
    page.fill(PROMPT, before)
    page.evaluate("area => area.setSelectionRange(4, 4)", page.query_selector(PROMPT))
    page.press(PROMPT, f"Control+{key}")
    assert page.input_value(PROMPT) == after


def test_the_counter_counts_and_warns_of_open_brackets(page):
    page.fill(PROMPT, "a (cat")
    page.wait_for_function("document.querySelector('#txt2img_prompt_counter').textContent === '2/75'", timeout=30_000)
    assert "wrong" in page.get_attribute("#txt2img_prompt_counter", "class")


def test_hostile_text_stays_text(page):
    attack = '<img src=x onerror="window.attacked=1">${window.attacked=1}{{1}}'
    generate(page, attack, steps=1, width=128, height=128)
    wait_until_done(page)
    assert attack.split("$")[0] in page.inner_text(".infotext")
    assert page.evaluate("window.attacked") is None


def test_settings_are_saved(page):
    page.click("#tab_settings-button")
    page.click("#setting_grid_only_if_multiple input", timeout=30_000)
    page.click("#settings_submit")
    page.wait_for_selector("#settings_result :text('1 setting changed: grid_only_if_multiple.')", timeout=30_000)
    page.reload()
    page.wait_for_function("document.querySelector('#setting_grid_only_if_multiple input')?.checked === false",
                           timeout=60_000)


def test_a_narrow_window_has_no_sideways_scroll(page):
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.is_visible("#txt2img_generate")
