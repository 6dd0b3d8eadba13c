"""An extension written for A1111 on the page: its controls, tab, setting and scripts."""

from __future__ import annotations

import shutil

import pytest

from tests.browser.conftest import ROOT, serving

pytestmark = pytest.mark.browser
AMOUNT = "#script_txt2img_page_demo_amount input[type=number]"


@pytest.fixture(scope="module")
def address(tmp_path_factory, networks):
    """A web UI of its own: scripts of an extension cost every page a look into all its tabs."""
    folder = tmp_path_factory.mktemp("plugins")
    shutil.copytree(ROOT / "tests" / "fixtures" / "extensions", folder / "extensions")
    with serving(folder, networks) as url:
        yield url


def test_an_extension_is_at_home_on_the_page(page):
    page.wait_for_function("window.demo.tabs", timeout=60_000)
    found = page.evaluate("({...window.demo, module: window.demoModule})")
    assert found["tabs"] >= 7
    assert (found["setting"], found["secondTab"], found["inClosedSection"], found["option"], found["module"]) == (
        True, True, True, "hello", True)

    assert not page.is_visible(AMOUNT)
    page.click("#script_txt2img_page_demo_section .label-wrap")
    page.click("#script_txt2img_page_demo_more")
    page.wait_for_function(f"document.querySelector('{AMOUNT}').value === '0.9'", timeout=30_000)
    assert page.input_value("#script_txt2img_page_demo_hidden textarea") == "from the page"

    assert not page.is_visible("#script_txt2img_chosen_demo_words")
    page.click("#txt2img_script_container #script_list input")
    page.click("[role=option][aria-label='Chosen demo']")
    page.wait_for_selector("#script_txt2img_chosen_demo_words", timeout=30_000)

    page.click("#tab_demo_tab-button")
    assert page.evaluate("window.demoTab") == "Demo tab"
    assert page.input_value("#demo_text textarea") == "written by a script"
    page.click("#demo_shout")
    page.wait_for_function("document.querySelector('#demo_answer textarea').value === 'WRITTEN BY A SCRIPT!'",
                           timeout=30_000)
