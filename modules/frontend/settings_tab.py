"""The Settings tab, built from the settings' own descriptions."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.context import Context

from modules.catalog.network_versions import VERSIONS
from modules.catalog.vae_choice import AUTOMATIC, NO_VAE
from modules.foundation.errors import WebUIError
from modules.frontend.controls import Controls
from modules.frontend.page_plugins import PagePlugins
from modules.frontend.services import FrontendServices
from modules.frontend.setting_controls import Choices, build_setting_control
from modules.generation.prompt_plan import NO_NETWORK
from modules.sampling.registry import REGISTRY
from modules.settings.sections import SECTIONS
from modules.settings.values import OPTIONS

PLUGINS = "plugins"


def build_settings_tab(services: FrontendServices, in_quick_settings: tuple[str, ...]) -> Controls:
    """Build one page of controls for each section. What stands above the tabs is not repeated here."""
    controls = Controls()
    with gr.Row(elem_id="settings_actions"):
        submit = gr.Button("Apply settings", variant="primary", elem_id="settings_submit", scale=0, min_width=180)
        result = gr.Markdown("", elem_id="settings_result")
    with gr.Tabs(elem_id="settings"):
        for where, section in SECTIONS.items():
            if where == PLUGINS and not services.plugins.acquisition.allowed:
                continue  # whoever comes over a network does not decide which programs run here
            with gr.Tab(section.title, id=where, elem_id=f"settings_{where}"), \
                    gr.Column(elem_id=f"column_settings_{where}"):
                for key in _keys_of(where, in_quick_settings):
                    controls.add(key, build_setting_control(key, services.settings, _choices(key, services)))
        added = _build_sections_of_plugins(services.page_plugins)

    def apply(*values: Any) -> str:
        try:
            own = len(controls.components)
            changed = services.settings.update(controls.named(values[:own]))
            changed += services.page_plugins.save_settings(dict(zip(added, values[own:])))
        except WebUIError as error:
            raise gr.Error(str(error), print_exception=False) from error
        count = "1 setting" if len(changed) == 1 else f"{len(changed)} settings"
        return f"{count} changed{': ' + ', '.join(changed) if changed else ''}."

    submit.click(apply, [*controls.components, *added.values()], result, api_visibility="private", queue=False).then(
        None, None, None, js="() => { webui.optionsChanged(); }", api_visibility="private")
    return controls


def _build_sections_of_plugins(plugins: PagePlugins) -> dict[str, gr.components.Component]:
    """Build a page for each section of options that plugins have added; return the controls by key."""
    added: dict[str, gr.components.Component] = {}
    for section in plugins.settings_sections():
        with gr.Tab(section.title, id=section.where, elem_id=f"settings_{section.where}"), \
                gr.Column(elem_id=f"column_settings_{section.where}", elem_classes=["plugin-area"]):
            for key, build in section.controls.items():
                control = build()
                if control is not None:
                    added[key] = control
    page = Context.root_block
    if added and page is not None:
        page.load(lambda: [gr.update(value=plugins.setting_values()[key]) for key in added], None,
                  list(added.values()), api_visibility="private", queue=False, show_progress="hidden")
    return added


def _keys_of(where: str, in_quick_settings: tuple[str, ...]) -> list[str]:
    return [key for key, (section, _) in OPTIONS.items() if section == where and key not in in_quick_settings]


def _choices(key: str, services: FrontendServices) -> Choices | None:
    """Return what a setting can be chosen from, where only the running program knows."""
    bench = services.bench
    known: dict[str, Choices] = {
        "localization": services.page_plugins.translations,
        "hide_samplers": lambda: [spec.label for spec in REGISTRY.current.samplers],
        "sd_vae": lambda: [AUTOMATIC, NO_VAE, *bench.catalog.vaes],
        "upscaler_for_img2img": bench.upscaler_names,
        "sd_lora": lambda: [NO_NETWORK, *(bench.networks.prompt_name(entry) for entry in bench.networks.loras)],
        "sd_hypernetwork": lambda: [NO_NETWORK, *(entry.name for entry in bench.networks.hypernetworks)],
        "lora_hide_unknown_for_versions": lambda: list(VERSIONS),
        "postprocessing_operation_order": lambda: [kind.name for kind in services.extras.bench.kinds],
        "postprocessing_disable_in_extras": lambda: [kind.name for kind in services.extras.bench.kinds],
        "postprocessing_enable_in_main_ui": lambda: [kind.name for kind in services.extras.bench.operations.added],
    }
    return known.get(key)
