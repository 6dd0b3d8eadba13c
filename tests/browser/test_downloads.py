"""Fetching what is not installed, as the page shows it. The answers are the test's: nothing is contacted."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest

pytestmark = pytest.mark.browser
FILE = {"name": "big.pth", "folder": "models/RealESRGAN", "size_bytes": 67_040_989, "licence": "BSD-3-Clause",
        "source": "github.com/somebody/something"}
UPSCALER, FACES = "R-ESRGAN 4x+ <b>", "GFPGAN"


class Desk:
    """Answers as the program does, with what the test puts in."""

    def __init__(self) -> None:
        self.asked = []
        self.downloads = {
            label: {"label": label, "kind": kind, "files": [FILE], "state": "offered", "done_bytes": 0, "about": "",
                    "allowed": True, "total_bytes": FILE["size_bytes"], "error": None}
            for label, kind in ((UPSCALER, "upscaler"), (FACES, "face restorer"))}

    def set(self, label: str, state: str, **values: object) -> None:
        self.downloads[label] |= {"state": state, **values}

    def answer(self, route) -> None:
        path = unquote(route.request.url).partition("internal/downloads")[2]
        if route.request.method == "POST":
            self.asked.append(path)
            self.set(path[1:].removesuffix("/cancel"), "cancelled" if path.endswith("/cancel") else "running")
        route.fulfill(content_type="application/json", body=json.dumps(
            {"downloads": list(self.downloads.values())}))


@pytest.fixture
def desk(page):
    desk = Desk()
    page.route("**/internal/downloads**", desk.answer)
    page.click("#tab_extras-button")
    page.wait_for_selector(f"#extras_more_upscalers .download-label:text-is('{UPSCALER}')", state="attached")
    page.click("#extras_more_upscalers summary")
    return desk


def test_size_source_and_licence_are_shown_first(page, desk):
    row = page.locator("#extras_more_upscalers .download", has_text=UPSCALER)
    assert row.locator(".download-start").inner_text() == "⬇️ Download (67 MB)"
    assert row.locator(".download-facts").inner_text() == (
        "big.pth (67 MB) from github.com/somebody/something into models/RealESRGAN. Licence: BSD-3-Clause.")
    assert page.is_visible("#extras_gfpgan_download .download-start") and desk.asked == []


def test_a_download_is_watched_until_its_end(page, desk):
    page.click("#extras_gfpgan_download .download-start")
    note = "#extras_gfpgan_download .download-note"
    desk.set(FACES, "running", done_bytes=20_000_000)
    page.wait_for_selector(f"{note}:text-is('20 of 67 MB · 29%')")
    assert desk.asked == ["/GFPGAN"] and not page.is_visible("#extras_gfpgan_download .download-start")
    with page.expect_response("**/gradio_api/**"):  # the menus are asked for again
        desk.set(FACES, "done")
    page.wait_for_selector(f"{note}:text-is('✔ Installed')")


def test_a_download_is_cancelled_and_can_be_asked_for_again(page, desk):
    row = page.locator("#extras_more_upscalers .download", has_text=UPSCALER)
    row.locator(".download-start").click()
    row.locator(".download-cancel").click()
    row.locator(".download-note:has-text('Cancelled')").wait_for()
    assert row.locator(".download-start").is_visible() and not row.locator(".download-cancel").is_visible()
    assert desk.asked == [f"/{UPSCALER}", f"/{UPSCALER}/cancel"]


def test_what_went_wrong_is_said(page, desk):
    desk.set(UPSCALER, "failed", error={"message": "No connection <i>.", "remedy": "Do it yourself."})
    page.click("#tab_txt2img-button")
    page.click("#tab_extras-button")
    page.wait_for_selector("#extras_more_upscalers .download-note:text-is('No connection <i>. Do it yourself.')")


def test_strangers_are_told_where_files_belong(page, desk):
    for label in (UPSCALER, FACES):
        desk.set(label, "offered", allowed=False)
    page.click("#tab_txt2img-button")
    page.click("#tab_extras-button")
    page.wait_for_selector("#extras_gfpgan_download :text('to be put there by hand')")
    assert not page.is_visible(".download-start")


def test_a_box_holds_a_face_restorer_and_its_download(page, desk):
    above = page.locator("#extras_gfpgan").bounding_box()
    below = page.locator("#extras_gfpgan_download").bounding_box()
    assert abs(above["y"] + above["height"] - below["y"]) <= 1 and above["width"] == below["width"]


def test_a_narrow_window_has_no_sideways_scroll(page, desk):
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
