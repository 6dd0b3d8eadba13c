"""The browser of networks: what a card does to the prompt, and what can be done to a card."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

pytestmark = pytest.mark.browser
PROMPT, NEGATIVE = "#txt2img_prompt textarea", "#txt2img_neg_prompt textarea"
HOSTILE = "<img src=x onerror=attacked=1>${attacked=1}{{1}}"


def place_lora(networks: Path, name: str, texts: dict[str, str] | None = None, **notes: object) -> None:
    header = json.dumps({**({"__metadata__": texts} if texts else {}),
                         "x": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    path = networks / "Lora" / f"{name}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0")
    if notes:
        path.with_suffix(".json").write_text(json.dumps(notes))


@pytest.fixture
def lora(page, networks):
    """The page with the cards of a few LoRA files open."""
    place_lora(networks, "ink", {"ss_base_model_version": "sd_v1"}, **{
        "activation text": "ink drawing", "preferred weight": 0.8, "negative text": "photo"})
    place_lora(networks, "styles/paper", {"ss_output_name": "Paper Cut", "ss_base_model_version": "sd_v1"})
    place_lora(networks, "large", {"ss_base_model_version": "sdxl_base_v1-0"})
    place_lora(networks, HOSTILE, {"ss_output_name": HOSTILE}, description=HOSTILE)
    buffer = io.BytesIO()
    Image.new("RGB", (64, 96), "teal").save(buffer, "PNG")
    (networks / "Lora" / "ink.preview.png").write_bytes(buffer.getvalue())
    (networks / "embeddings" / "bad-hands.pt").write_bytes(b"PK\x03\x04x")
    for box in (PROMPT, NEGATIVE):
        page.fill(box, "")
    page.click("#txt2img_lora-button")
    card(page, "ink").wait_for(timeout=30_000)
    return page


def card(page, name: str, tab: str = "lora"):
    return page.locator(f"#txt2img_{tab} .card", has=page.locator(".name", has_text=name)).first


def names(page) -> list[str]:
    page.wait_for_timeout(300)
    return page.locator("#txt2img_lora .card .name").all_inner_texts()


def test_a_click_adds_a_lora_and_another_takes_it_out(lora):
    lora.fill(PROMPT, "a cat")
    card(lora, "ink").locator(".card-main").click()
    assert lora.input_value(PROMPT) == "a cat <lora:ink:0.8> ink drawing"
    assert lora.input_value(NEGATIVE) == "(photo:1)"
    assert "used" in card(lora, "ink").get_attribute("class")
    card(lora, "paper").locator(".card-main").click()
    assert lora.input_value(PROMPT) == "a cat <lora:ink:0.8> ink drawing <lora:Paper Cut:1>"
    card(lora, "ink").locator(".card-main").click()
    assert lora.input_value(PROMPT) == "a cat <lora:Paper Cut:1>" and lora.input_value(NEGATIVE) == ""


def test_an_embedding_goes_where_somebody_wrote_last(lora):
    lora.click("#txt2img_textual_inversion-button")
    card(lora, "bad-hands", "textual_inversion").wait_for(timeout=30_000)
    lora.fill(NEGATIVE, "blurry")
    card(lora, "bad-hands", "textual_inversion").locator(".card-main").click()
    assert lora.input_value(NEGATIVE) == "blurry bad-hands" and lora.input_value(PROMPT) == ""


@pytest.mark.parametrize(("page_name", "word", "before", "after"), [
    ("lora", "x", "a <lora:x:0.3:te=1> b", "a b"), ("lora", "x", "<lora:x> b", "b"),
    ("lora", "x", "<lora:xy:1>", "<lora:xy:1> <lora:x:1>"), ("hypernetworks", "h.1", "", "<hypernet:h.1:1>"),
    ("hypernetworks", "h.1", "a <hypernet:h.1:0.5>", "a"), ("textual_inversion", "bad", "a bad-hand", "a bad-hand bad"),
    ("textual_inversion", "bad", "a (Bad:1.2), b", "a, b"), ("textual_inversion", "a+b(c", "x a+b(c", "x"),
])
def test_words_in_and_out_of_a_prompt(page, page_name, word, before, after):
    toggled = page.evaluate("([page, word, text]) => webui.networkText.toggle(page, {word, name: word}, text, "
                            "{separator: ' ', weight: 1})", [page_name, word, before])
    assert toggled == after


def test_search_folders_and_order(lora):
    assert names(lora)[:1] != ["paper"]
    lora.fill("#txt2img_lora_extra_search", "pap cut")
    assert names(lora) == ["paper"]
    lora.fill("#txt2img_lora_extra_search", "")
    lora.click("#txt2img_lora_dirs button:has-text('styles')")
    assert names(lora) == ["paper"]
    lora.click("#txt2img_lora_dirs button:has-text('All')")
    lora.click("#txt2img_lora_extra_sort_name")
    upwards = names(lora)
    lora.click("#txt2img_lora_extra_sort_dir")
    assert names(lora) == upwards[::-1] and upwards == sorted(upwards, key=str.lower)


def test_what_was_made_for_other_models_is_counted_and_can_be_shown(lora):
    assert "large" not in names(lora)
    lora.click("#txt2img_lora .extra-network-status button")
    assert "for-other" in card(lora, "large").get_attribute("class")


def test_a_new_file_is_found_by_refresh(lora, networks):
    place_lora(networks, "later")
    lora.click("#txt2img_lora_extra_refresh")
    card(lora, "later").wait_for(timeout=30_000)


def test_the_thumbnail_is_shown(lora):
    lora.wait_for_function("document.querySelector('#txt2img_lora .card img')?.naturalWidth === 64", timeout=30_000)


def test_notes_are_edited(lora, networks):
    card(lora, "paper").hover()
    card(lora, "paper").get_by_title("Edit notes and preview").click()
    lora.fill(".network-dialog textarea >> nth=0", "Folded <b>paper</b>")
    lora.click(".network-save")
    card(lora, "paper").locator(".description", has_text="Folded <b>paper</b>").wait_for(timeout=30_000)
    notes = json.loads((networks / "Lora" / "styles" / "paper.json").read_text())
    assert notes["description"] == "Folded <b>paper</b>"


def test_names_and_texts_of_files_stay_text(lora):
    shown = card(lora, "onerror")
    assert HOSTILE in shown.inner_text()
    shown.locator(".card-main").click()
    shown.hover()
    shown.get_by_title("Show what is written in the file").click()
    assert "onerror" in lora.inner_text(".network-metadata")
    assert lora.evaluate("window.attacked") is None


def test_generation_brings_the_controls_back(lora):
    assert not lora.is_visible("#txt2img_steps")
    lora.click("#txt2img_generation-button")
    assert lora.is_visible("#txt2img_steps") and not lora.is_visible("#txt2img_lora")


def test_a_checkpoint_card_shows_what_is_chosen(page):
    page.click("#txt2img_checkpoints-button")
    chosen = card(page, "crayon-v1", "checkpoints")
    chosen.wait_for(timeout=30_000)
    assert "used" in chosen.get_attribute("class")
    chosen.locator(".card-main").click()
    page.wait_for_function("document.querySelector('#setting_sd_model_checkpoint input').value.includes('crayon-v1')")


def test_a_narrow_window_has_no_sideways_scroll(lora):
    lora.set_viewport_size({"width": 390, "height": 844})
    lora.wait_for_timeout(300)
    assert lora.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert card(lora, "ink").is_visible()
