"""The Settings tab, built from the settings' own descriptions."""

from __future__ import annotations

from typing import Any

import gradio as gr

from modules.catalog.network_versions import VERSIONS
from modules.catalog.vae_choice import AUTOMATIC, NO_VAE
from modules.foundation.errors import WebUIError
from modules.frontend.controls import Controls
from modules.frontend.services import FrontendServices
from modules.frontend.setting_controls import Choices, build_setting_control
from modules.generation.prompt_plan import NO_NETWORK
from modules.sampling.registry import BUILTIN
from modules.settings.sections import SECTIONS
from modules.settings.values import OPTIONS


def build_settings_tab(services: FrontendServices, in_quick_settings: tuple[str, ...]) -> Controls:
    """Build one page of controls for each section. What stands above the tabs is not repeated here."""
    controls = Controls()
    with gr.Row(elem_id="settings_actions"):
        submit = gr.Button("Apply settings", variant="primary", elem_id="settings_submit", scale=0, min_width=180)
        result = gr.Markdown("", elem_id="settings_result")
    with gr.Tabs(elem_id="settings"):
        for where, section in SECTIONS.items():
            with gr.Tab(section.title, id=where, elem_id=f"settings_{where}"), \
                    gr.Column(elem_id=f"column_settings_{where}"):
                for key in _keys_of(where, in_quick_settings):
                    controls.add(key, build_setting_control(key, services.settings, _choices(key, services)))

    def apply(*values: Any) -> str:
        try:
            changed = services.settings.update(controls.named(values))
        except WebUIError as error:
            raise gr.Error(str(error), print_exception=False) from error
        count = "1 setting" if len(changed) == 1 else f"{len(changed)} settings"
        return f"{count} changed{': ' + ', '.join(changed) if changed else ''}."

    submit.click(apply, controls.components, result, api_visibility="private", queue=False)
    return controls


def _keys_of(where: str, in_quick_settings: tuple[str, ...]) -> list[str]:
    return [key for key, (section, _) in OPTIONS.items() if section == where and key not in in_quick_settings]


def _choices(key: str, services: FrontendServices) -> Choices | None:
    """Return what a setting can be chosen from, where only the running program knows."""
    bench = services.bench
    known: dict[str, Choices] = {
        "hide_samplers": lambda: [spec.label for spec in BUILTIN.samplers],
        "sd_vae": lambda: [AUTOMATIC, NO_VAE, *bench.catalog.vaes],
        "upscaler_for_img2img": bench.upscaler_names,
        "sd_lora": lambda: [NO_NETWORK, *(bench.networks.prompt_name(entry) for entry in bench.networks.loras)],
        "sd_hypernetwork": lambda: [NO_NETWORK, *(entry.name for entry in bench.networks.hypernetworks)],
        "lora_hide_unknown_for_versions": lambda: list(VERSIONS),
        "postprocessing_operation_order": lambda: [kind.name for kind in services.extras.bench.kinds],
        "postprocessing_disable_in_extras": lambda: [kind.name for kind in services.extras.bench.kinds],
    }
    return known.get(key)
