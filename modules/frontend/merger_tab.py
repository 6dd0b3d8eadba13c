"""The Checkpoint Merger tab: a new checkpoint out of up to three; ids are A1111's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gradio as gr

from modules.foundation.errors import InvalidRequestError, WebUIError
from modules.frontend.controls import keep_choices, tool_button
from modules.frontend.form import Form
from modules.frontend.output_panel import build_work_panel
from modules.frontend.services import FrontendServices
from modules.frontend.submission import Wanted, wire_generate
from modules.training.merging.request import (
    ADD_DIFFERENCE,
    CONFIG_SOURCES,
    FORMATS,
    METHODS,
    NO_INTERPOLATION,
    NO_VAE,
    WEIGHTED_SUM,
    MergeRequest,
)

NO_MODEL = "None"
_MODELS = (("A", "primary", "Primary model (A)"), ("B", "secondary", "Secondary model (B)"),
           ("C", "tertiary", "Tertiary model (C)"))
_HINT = "It is written beside your other checkpoints; nothing is replaced."
DESCRIPTIONS = {
    NO_INTERPOLATION: "No interpolation will be used. Requires one model; A. Allows for format conversion and VAE "
                      "baking.",
    WEIGHTED_SUM: "A weighted sum will be used for interpolation. Requires two models; A and B. The result is "
                  "calculated as A * (1 - M) + B * M",
    ADD_DIFFERENCE: "The difference between the last two models will be added to the first. Requires three models; "
                    "A, B and C. The result is calculated as A + (B - C) * M",
}


def build_merger_tab(services: FrontendServices) -> None:
    """Build controls and progress panel, and wire the buttons."""
    form = Form("modelmerger", services)
    with gr.Row(elem_id="modelmerger_body", elem_classes=["tab-body"]):
        with gr.Column(elem_id="modelmerger_settings", elem_classes=["form-settings"], min_width=320):
            _build_models(form)
            _build_method(form)
            _build_output(form)
            _build_metadata(form)
        with gr.Column(elem_id="modelmerger_results_container", elem_classes=["form-results"], min_width=320):
            merge = _build_merge()
            build_work_panel("modelmerger", empty="The merged checkpoint will be named here.", hint=_HINT,
                             result_id="modelmerger_result")
    wire_generate(form, merge, _read_request, services.merging.submit)


def _build_models(form: Form) -> None:
    def titles() -> list[str]:
        return [NO_MODEL, *form.services.checkpoint_titles()]

    def look_again() -> list[dict]:
        form.services.bench.catalog.refresh()
        return [gr.update(choices=titles())] * len(_MODELS)

    buttons = []
    for letter, name, label in _MODELS:
        with gr.Row(elem_classes=["with-tool"]):
            keep_choices(form.add(name, gr.Dropdown(
                titles(), value=NO_MODEL, label=label, elem_id=f"modelmerger_{name}_model_name")), titles)
            buttons.append(tool_button("🔄", f"refresh_checkpoint_{letter}"))
    menus = [form.controls[name] for _, name, _ in _MODELS]
    for button in buttons:
        button.click(look_again, None, menus, api_visibility="private", queue=False, show_progress="hidden")


def _build_method(form: Form) -> None:
    method = form.add("method", gr.Radio(
        list(METHODS), value=WEIGHTED_SUM, label="Interpolation Method", elem_id="modelmerger_interp_method"))
    description = gr.Markdown(_as_plain(DESCRIPTIONS[WEIGHTED_SUM]), elem_id="modelmerger_interp_description")
    form.add("multiplier", gr.Slider(
        0, 1, 0.3, step=0.05, label="Multiplier (M) - set to 0 to get model A", elem_id="modelmerger_interp_amount"))
    texts = json.dumps({name: _as_plain(text) for name, text in DESCRIPTIONS.items()})
    method.change(None, method, description, js=f"(method) => ({texts})[method]", api_visibility="private")


def _build_output(form: Form) -> None:
    form.add("custom_name", gr.Textbox(
        label="Custom Name (Optional)", elem_id="modelmerger_custom_name", max_lines=1,
        placeholder="Empty: named after what it is made of"))
    with gr.Row():
        form.add("checkpoint_format", gr.Radio(
            list(FORMATS), value="safetensors", label="Checkpoint format", elem_id="modelmerger_checkpoint_format"))
        form.add("save_as_half", gr.Checkbox(False, label="Save as float16", elem_id="modelmerger_save_as_half"))
    form.add("config_source", gr.Radio(
        list(CONFIG_SOURCES), value=CONFIG_SOURCES[0], type="index", label="Copy config from",
        elem_id="modelmerger_config_method"))
    with gr.Row(elem_classes=["with-tool"]):
        _build_vae(form)
    form.add("discard_weights", gr.Textbox(
        label="Discard weights with matching name", elem_id="modelmerger_discard_weights", max_lines=1,
        placeholder=r"A regular expression, for example ^model_ema\."))


def _build_vae(form: Form) -> None:
    def names() -> list[str]:
        return [NO_VAE, *form.services.bench.catalog.vaes]

    def look_again() -> dict:
        form.services.bench.catalog.refresh()
        return gr.update(choices=names())

    menu = form.add("bake_in_vae", gr.Dropdown(
        names(), value=NO_VAE, label="Bake in VAE", elem_id="modelmerger_bake_in_vae"))
    keep_choices(menu, names)
    refresh = tool_button("🔄", "modelmerger_refresh_bake_in_vae")
    refresh.click(look_again, None, menu, api_visibility="private", queue=False, show_progress="hidden")


def _build_metadata(form: Form) -> None:
    with gr.Column(elem_id="modelmerger_metadata", elem_classes=["merger-metadata"]):
        with gr.Row(elem_classes=["switches"]):
            form.add("save_metadata", gr.Checkbox(
                True, label="Save metadata", elem_id="modelmerger_save_metadata", min_width=140))
            form.add("add_recipe", gr.Checkbox(
                True, label="Add merge recipe metadata", elem_id="modelmerger_add_recipe", min_width=140))
            form.add("copy_metadata", gr.Checkbox(
                True, label="Copy metadata from merged models", elem_id="modelmerger_copy_metadata", min_width=140))
        box = form.add("metadata_json", gr.TextArea(
            "{}", label="Metadata in JSON format", lines=4, max_lines=16, elem_id="modelmerger_metadata_json"))
        read = gr.Button("Read metadata from selected checkpoints", elem_id="modelmerger_read_metadata", size="sm")
    menus = [form.controls[name] for _, name, _ in _MODELS]
    read.click(_metadata_reader(form.services), menus, box, api_visibility="private", queue=False)


def _build_merge() -> gr.Button:
    with gr.Row(elem_id="modelmerger_generate_box", elem_classes=["generate-box"]):
        merge = gr.Button("Merge", variant="primary", elem_id="modelmerger_merge", elem_classes=["generate"])
        gr.Button("Interrupt", elem_id="modelmerger_interrupt", elem_classes=["while-running"])
    return merge


def _metadata_reader(services: FrontendServices) -> Callable[..., str]:
    def read(*titles: str) -> str:
        try:
            names = list(filter(None, map(_name, titles)))
            if not names:
                raise InvalidRequestError("primary", "No checkpoint is selected.", remedy="Choose one as model A.")
            return json.dumps(services.merging.metadata(names), indent=4, ensure_ascii=False)
        except WebUIError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return read


def _read_request(values: Mapping[str, Any], situation: Mapping[str, Any]) -> Iterator[Wanted]:
    named = {name: _name(values[name]) for _, name, _ in _MODELS}
    yield Wanted(MergeRequest.from_json({**values, **named}))


def _name(choice: str | None) -> str:
    return "" if choice in (None, NO_MODEL) else str(choice)


def _as_plain(text: str) -> str:
    """Keep the asterisks of a formula from being read as Markdown."""
    return text.replace("*", "\\*")
