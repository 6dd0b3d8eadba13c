"""Getting and merging models, as the page shows it. The hub's answers are the test's: nothing is contacted."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.browser
FOUND = {
    "title": "some/<b>mix", "page": "https://huggingface.co/some/mix", "licence": "MIT <i>", "gated": True,
    "left_out": 3, "kinds": [{"kind": "checkpoint", "title": "Checkpoint", "folder": "models/Stable-diffusion"},
                             {"kind": "lora", "title": "LoRA", "folder": "models/Lora"}],
    "files": [{"path": "deep/<u>.safetensors", "name": "u.safetensors", "kind": "lora", "size_bytes": 144_000_000,
               "checked": True}]}


def answer_with(page, path: str, status: int, body: dict) -> list[dict]:
    asked: list[dict] = []

    def answer(route):
        asked.append(json.loads(route.request.post_data))
        route.fulfill(status=status, content_type="application/json", body=json.dumps(body))

    page.route(f"**/internal/models/{path}", answer)
    return asked


def look(page, address: str) -> None:
    page.click("#tab_models-button")
    page.fill("#models_address", address)
    page.keyboard.press("Enter")


def test_what_there_is_and_its_licence_are_shown_before_anything_is_fetched(page):
    looked, ordered = answer_with(page, "look", 200, FOUND), answer_with(page, "order", 409, {
        "error": "There is one already.", "remedy": "Rename it."})
    look(page, " some/mix ")
    page.wait_for_selector(".models-file")
    shown = page.inner_text("#models_found")
    for text in ("some/<b>mix", "Licence: MIT <i>", "HF_TOKEN", "deep/<u>.safetensors", "144 MB", "hash known",
                 "is called u.safetensors here", "3 more are not shown"):
        assert text in shown
    assert looked == [{"address": "some/mix"}] and ordered == []
    assert page.input_value(".models-kind") == "lora"
    page.select_option(".models-kind", "checkpoint")
    page.click(".models-file button")
    page.wait_for_selector(".models-note:text-is('There is one already. Rename it.')")
    assert ordered == [{"address": "some/mix", "path": "deep/<u>.safetensors", "kind": "checkpoint"}]


def test_being_offline_is_said_and_well_known_models_stand_there_all_the_same(page):
    answer_with(page, "look", 404, {"error": "This computer seems to be offline.", "remedy": "Check it."})
    look(page, "some/mix")
    page.wait_for_selector(".models-error:text-is('This computer seems to be offline.')")
    row = page.locator("#models_body .download", has_text="Stable Diffusion XL 1.0")
    assert "Licence: CreativeML Open RAIL++-M" in row.inner_text()
    assert row.locator(".download-start").inner_text() == "⬇️ Download (6.94 GB)"
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_merger_says_what_is_missing(page):
    page.click("#tab_modelmerger-button")
    page.click("#modelmerger_interp_method label:has-text('Add difference')")
    page.wait_for_selector("#modelmerger_interp_description:has-text('A + (B - C) * M')")
    page.click("#modelmerger_merge")
    page.wait_for_selector("#modelmerger_result .error:text-is('Failed: Merging requires a primary model.')")
    assert page.is_visible("#modelmerger_merge") and not page.is_visible("#modelmerger_interrupt")
