"""The markup of the browser of networks: constant, with the ids that A1111's users and extensions know."""

from __future__ import annotations

import re

import gradio as gr
import pytest

from modules.frontend.networks_panel import NETWORK_SCRIPTS, NETWORK_STYLE, build_networks_panel
from modules.frontend.routes import ASSETS

PAGES = ("textual_inversion", "hypernetworks", "checkpoints", "lora")


def panel(tab: str) -> gr.HTML:
    with gr.Blocks() as blocks:
        build_networks_panel(tab)
    [found] = [block for block in blocks.blocks.values() if isinstance(block, gr.HTML)]
    return found


@pytest.mark.parametrize("tab", ["txt2img", "img2img"])
@pytest.mark.parametrize("page", PAGES)
def test_ids_are_those_of_a1111(tab, page):
    ids = re.findall(r' id="([^"]+)"', panel(tab).value)
    assert len(ids) == len(set(ids))
    expected = {f"{tab}_{page}{end}" for end in (
        "", "-button", "_pane", "_cards", "_cards_html", "_controls", "_dirs", "_tree", "_extra_search",
        "_extra_refresh", "_extra_sort_dir", *(f"_extra_sort_{order}" for order in (
            "path", "name", "date_created", "date_modified")))}
    assert expected <= set(ids)
    assert panel(tab).elem_id == f"{tab}_extra_tabs"


def test_every_tab_button_names_a_page():
    markup = panel("txt2img").value
    shown = re.findall(r'role="tab" id="[^"]+" data-page="([^"]+)"\s+aria-controls="([^"]+)"', markup)
    assert shown == [("generation", "txt2img_settings"), *((page, f"txt2img_{page}") for page in PAGES)]


def test_the_markup_has_nothing_for_gradios_templates_to_run():
    assert not re.search(r"\$\{|\{\{", panel("txt2img").value)


def test_scripts_and_style_are_there():
    assert [name for name in (*NETWORK_SCRIPTS, NETWORK_STYLE) if not (ASSETS / name).is_file()] == []
