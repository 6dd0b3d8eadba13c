"""The whole page: model row, tab bar, tabs, footer."""

from __future__ import annotations

import html
import json
import platform
from collections.abc import Iterator

import gradio as gr
import torch

from modules.frontend.controls import tool_button
from modules.frontend.extensions_tab import build_extensions_tab
from modules.frontend.extras_tab import build_extras_tab
from modules.frontend.img2img_tab import build_img2img_tab
from modules.frontend.merger_tab import build_merger_tab
from modules.frontend.models_tab import build_models_tab
from modules.frontend.networks_panel import NETWORK_SCRIPTS, NETWORK_STYLE, wire_checkpoint_cards
from modules.frontend.outpaint_tab import build_outpaint_tab
from modules.frontend.picture_canvas import CANVAS_SCRIPTS, CANVAS_STYLE
from modules.frontend.png_info_tab import build_png_info_tab
from modules.frontend.services import FrontendServices
from modules.frontend.setting_controls import build_setting_control, save_on_change, show_current
from modules.frontend.settings_tab import build_settings_tab
from modules.frontend.tab_strip import TabPage, build_tabs
from modules.frontend.tooltips import TOOLTIPS
from modules.frontend.txt2img_tab import build_txt2img_tab

QUICK_SETTINGS = ("sd_model_checkpoint", "CLIP_stop_at_last_layers")
A1111_SCRIPTS = ("a1111_page.js", "a1111_tabs.js", "a1111_jobs.js", "a1111_input.js", "a1111_words.js")
"""What scripts of extensions call."""
SCRIPTS = ("page.js", "prompts.js", "gallery.js", "jobs.js", *CANVAS_SCRIPTS, "sizes.js", "sending.js", "img2img.js",
           "extras.js", "downloads.js", "models.js", "merger.js", "extensions.js", "compare.js", "memory.js",
           *NETWORK_SCRIPTS, *A1111_SCRIPTS, "ready.js")
STYLES = ("style.css", "forms.css", "plugins.css", "extras.css", "downloads.css", "plain.css", "models.css",
          "extensions.css", CANVAS_STYLE, NETWORK_STYLE)


def build_page(services: FrontendServices) -> gr.Blocks:
    """Build the page. Every tab's controls are in it from the start, so that scripts and plugins find them."""
    controls: dict[str, gr.components.Component] = {}

    def tabs() -> Iterator[TabPage]:
        yield from (
            TabPage("tab_txt2img", "txt2img", lambda: build_txt2img_tab(services)),
            TabPage("tab_img2img", "img2img", lambda: build_img2img_tab(services, checkpoint)),
            TabPage("tab_outpaint", "Outpaint", lambda: build_outpaint_tab(services)),
            TabPage("tab_extras", "Extras", lambda: build_extras_tab(services)),
            TabPage("tab_pnginfo", "PNG Info", build_png_info_tab),
            TabPage("tab_modelmerger", "Checkpoint Merger", lambda: build_merger_tab(services)),
            TabPage("tab_models", "Models", build_models_tab),
        )
        yield from services.page_plugins.tabs()
        yield from (
            TabPage("tab_settings", "Settings", lambda: controls.update(
                build_settings_tab(services, QUICK_SETTINGS).by_name())),
            TabPage("tab_extensions", "Extensions", build_extensions_tab),
        )

    with gr.Blocks(title="Stable Diffusion", analytics_enabled=False, delete_cache=(3600, 86400)) as page, \
            services.page_plugins.building():
        checkpoint, quick = _build_quick_settings(page, services)
        controls |= quick
        build_tabs("tabs", tabs())
        gr.HTML(_footer(services.bench.version), elem_id="footer", js_on_load=None)
        show_current(page, controls, services.settings)
    return page


def build_head(services: FrontendServices, stamp: str, theme: str | None = None) -> str:
    """Return what goes into the document's head.

    ``stamp`` changes when an asset does, so that caches let go; ``theme`` is ``light`` or ``dark``, or None for what
    the browser asks for.
    """
    previews = services.settings.current.previews
    interface = services.settings.current.interface
    facts = {
        "tooltips": TOOLTIPS,
        "theme": theme,
        "refreshMs": previews.live_preview_refresh_period,
        "progressInTitle": previews.show_progress_in_title,
        "attentionStep": interface.keyedit_precision_attention,
        "networkStep": interface.keyedit_precision_extra,
        "delimiters": interface.keyedit_delimiters,
        "tokenCounters": not interface.disable_token_counters,
        "interruptAfterCurrent": interface.interrupt_after_current,
        "sendSize": interface.send_size,
        "mostPictures": services.settings.current.img2img.img2img_batch_show_results_limit,
    }
    safe = json.dumps(facts).replace("<", "\\u003c")
    scripts = "".join(f'<script src="internal/assets/{name}?{stamp}"></script>' for name in SCRIPTS)
    styles = "".join(f'<link rel="stylesheet" href="internal/assets/{name}?{stamp}">' for name in STYLES)
    return (f'{styles}<link rel="icon" href="internal/assets/icon.svg" type="image/svg+xml">'
            f"<script>window.webui = {safe};</script>{scripts}{services.page_plugins.head()}")


def _build_quick_settings(page: gr.Blocks, services: FrontendServices
                          ) -> tuple[gr.Dropdown, dict[str, gr.components.Component]]:
    store = services.settings
    with gr.Row(elem_id="quicksettings"):
        checkpoint = build_setting_control("sd_model_checkpoint", store, services.checkpoint_titles)
        checkpoint.value = services.chosen_title()
        refresh = tool_button("🔄", "refresh_sd_model_checkpoint")
        clip_skip = build_setting_control("CLIP_stop_at_last_layers", store)
    save_on_change(checkpoint, "sd_model_checkpoint", store)
    save_on_change(clip_skip, "CLIP_stop_at_last_layers", store)

    def show_chosen() -> dict:
        return gr.update(choices=services.checkpoint_titles(), value=services.chosen_title())

    def look_again() -> dict:
        services.bench.catalog.refresh()
        return show_chosen()

    refresh.click(look_again, None, checkpoint, api_visibility="private", queue=False)
    page.load(show_chosen, None, checkpoint, api_visibility="private", queue=False, show_progress="hidden")
    assert isinstance(checkpoint, gr.Dropdown)  # it was given choices
    wire_checkpoint_cards(checkpoint, services.bench.catalog, store, services.checkpoint_titles)
    return checkpoint, {"CLIP_stop_at_last_layers": clip_skip}


def _footer(version: str) -> str:
    facts = (version, f"Python {platform.python_version()}", f"torch {torch.__version__}")
    line = html.escape(" • ".join(facts))
    return f'<div class="footer-line"><span>{line}</span><span class="footer-memory"></span></div>'
