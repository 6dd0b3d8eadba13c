"""The controls of the Extras tab: one section for each operation."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from modules.extras.autosized_crop import MAXIMIZE_AREA, MINIMIZE_ERROR, AutosizedCrop
from modules.extras.bench import ExtrasBench
from modules.extras.enlarging import NONE, Upscale
from modules.extras.face_repair import CodeFormer, Gfpgan
from modules.extras.flipping import HORIZONTAL, WAYS, FlippedCopies
from modules.extras.focal_crop import FocalCrop
from modules.extras.splitting import SplitOversized
from modules.frontend.controls import input_accordion, tool_button
from modules.frontend.extras_request import PLUGIN
from modules.frontend.form import Form
from modules.frontend.tab_strip import TabPage, build_tabs

FALLBACK_UPSCALER = "Lanczos"
_FACE_SWITCHES = {"gfpgan_enabled": Gfpgan.name, "codeformer_enabled": CodeFormer.name}
_MORE_UPSCALERS = """<details class="downloads" data-kind="upscaler" hidden><summary>Get more upscalers</summary>
    <div class="download-list"></div></details>"""
_CUT_SIZE = "Cuts to the width and height under Upscale, Scale to."


def build_operations(form: Form, bench: ExtrasBench) -> None:
    """Add a section for each operation that the settings do not leave out."""
    left_out = form.services.settings.current.postprocessing.postprocessing_disable_in_extras
    with gr.Column(elem_id="extras_operations", elem_classes=["accordions"]):
        for section in SECTIONS:
            if section.operation not in left_out:
                section.build(form, bench)
        for kind in bench.operations.added:
            if kind.name not in left_out and kind.build_controls is not None:
                _build_plugin(form, kind.name, kind.build_controls)
    with gr.Row(elem_classes=["refresh-line"]):
        refresh = gr.Button("🔄 Look for new upscalers and face restorers", elem_id="extras_refresh", size="sm")
    _wire_refresh(refresh, form, bench)


def _build_plugin(form: Form, name: str, build: Callable[[], Mapping[str, Any]]) -> None:
    """Add what a plugin builds."""
    with gr.Column(elem_classes=["plugin-operation"]):
        controls = build()
    for control, component in controls.items():
        form.add(PLUGIN + json.dumps([name, control]), component)


def _wire_refresh(refresh: gr.Button, form: Form, bench: ExtrasBench) -> None:
    """Show files that were put into the models folder since the program started."""
    menus = [form.controls[name] for name in ("upscaler_1", "upscaler_2") if name in form.controls]
    switches = {name: form.controls[name] for name in _FACE_SWITCHES if name in form.controls}

    def look_again() -> list[dict]:
        bench.upscalers.refresh()
        return [*(gr.update(choices=bench.upscalers.names) for _ in menus),
                *(gr.update(**_face_switch(_FACE_SWITCHES[name], bench)) for name in switches)]

    refresh.click(look_again, None, [*menus, *switches.values()], api_visibility="private", queue=False)


def _build_upscale(form: Form, bench: ExtrasBench) -> None:
    with input_accordion(Upscale.name, "extras_upscale", "extras_final_size") as enabled:
        enabled.value = True
        form.add("upscale_enabled", enabled)
        build_tabs("extras_resize_mode", [
            TabPage("extras_scale_by_tab", "Scale by", lambda: _build_scale_by(form)),
            TabPage("extras_scale_to_tab", "Scale to", lambda: _build_scale_to(form))])
        _build_upscalers(form, bench)


def _build_scale_by(form: Form) -> None:
    with gr.Row():
        form.add("upscaling_resize", gr.Slider(
            1, 8, 4, step=0.05, label="Resize", elem_id="extras_upscaling_resize", min_width=180))
        form.add("max_side_length", gr.Number(
            0, precision=0, minimum=0, maximum=16384, label="Max side length", info="0: no limit",
            elem_id="extras_upscale_max_side_length", min_width=120))


def _build_scale_to(form: Form) -> None:
    with gr.Row(elem_classes=["dimensions"]):
        with gr.Column(scale=4, min_width=160):
            sides = [form.add(f"upscaling_resize_{name[0].lower()}", gr.Slider(
                64, 8192, 512, step=8, label=name, elem_id=f"extras_upscaling_resize_{name[0].lower()}"))
                for name in ("Width", "Height")]
        with gr.Column(elem_classes=["between"], scale=0, min_width=48):
            swap = tool_button("⇅", "upscaling_res_switch_btn")
        form.add("upscaling_crop", gr.Checkbox(
            True, label="Crop to fit", elem_id="extras_upscaling_crop", min_width=120,
            info="Otherwise the picture covers the size and keeps its shape"))
    swap.click(None, sides, sides, js="(w, h) => [h, w]", api_visibility="private")


def _build_upscalers(form: Form, bench: ExtrasBench) -> None:
    names = bench.upscalers.names
    with gr.Row():
        form.add("upscaler_1", gr.Dropdown(
            names, value=preferred_upscaler(names), label="Upscaler 1", elem_id="extras_upscaler_1", min_width=150))
        form.add("upscaler_2", gr.Dropdown(
            names, value=NONE, label="Upscaler 2", elem_id="extras_upscaler_2", min_width=150))
    form.add("extras_upscaler_2_visibility", gr.Slider(
        0, 1, 0, step=0.001, label="Upscaler 2 visibility", elem_id="extras_upscaler_2_visibility"))
    _build_download_place("extras_more_upscalers", _MORE_UPSCALERS)


def preferred_upscaler(names: list[str]) -> str:
    """Return the first that draws what is not there; plain resizing where none is installed."""
    return next((name for name in names if name not in (NONE, FALLBACK_UPSCALER, "Nearest")), FALLBACK_UPSCALER)


def _build_gfpgan(form: Form, bench: ExtrasBench) -> None:
    switch = _face_switch(Gfpgan.name, bench)
    with input_accordion(switch["label"], "extras_gfpgan") as enabled:
        enabled.interactive = switch["interactive"]
        form.add("gfpgan_enabled", enabled)
        form.add("gfpgan_visibility", gr.Slider(
            0, 1, 1, step=0.001, label="Visibility", elem_id="extras_gfpgan_visibility"))
    _build_face_download(Gfpgan.name, "extras_gfpgan_download")


def _build_codeformer(form: Form, bench: ExtrasBench) -> None:
    switch = _face_switch(CodeFormer.name, bench)
    with input_accordion(switch["label"], "extras_codeformer") as enabled, gr.Row():
        enabled.interactive = switch["interactive"]
        form.add("codeformer_enabled", enabled)
        form.add("codeformer_visibility", gr.Slider(
            0, 1, 1, step=0.001, label="Visibility", elem_id="extras_codeformer_visibility", min_width=160))
        form.add("codeformer_weight", gr.Slider(
            0, 1, 0, step=0.001, label="Weight", info="0: the strongest effect, 1: the smallest",
            elem_id="extras_codeformer_weight", min_width=160))
    _build_face_download(CodeFormer.name, "extras_codeformer_download")


def _face_switch(name: str, bench: ExtrasBench) -> dict[str, Any]:
    """Return label and state of a face restorer's switch: grey where files are missing."""
    available = next(entry.available for entry in bench.faces.entries if entry.name == name)
    return {"label": name if available else f"{name} – not installed", "interactive": available}


def _build_face_download(name: str, elem_id: str) -> None:
    _build_download_place(elem_id, f'<div class="downloads" data-label="{name}" hidden></div>')


def _build_download_place(elem_id: str, markup: str) -> None:
    """Add a place where ``assets/downloads.js`` shows what can be fetched."""
    gr.HTML(markup, elem_id=elem_id, elem_classes=["download-place"], js_on_load=None, apply_default_css=False)


def _build_split(form: Form, bench: ExtrasBench) -> None:
    default = SplitOversized()
    with input_accordion(SplitOversized.name, "extras_split_oversized") as enabled, gr.Row():
        form.add("split_enabled", enabled)
        form.add("split_threshold", gr.Slider(
            0, 1, default.split_threshold, step=0.05, label="Threshold", elem_id="postprocess_split_threshold",
            info=_CUT_SIZE, min_width=160))
        form.add("overlap_ratio", gr.Slider(
            0, 0.9, default.overlap_ratio, step=0.05, label="Overlap ratio", elem_id="postprocess_overlap_ratio",
            info="How much neighbouring pieces share", min_width=160))


def _build_focal_crop(form: Form, bench: ExtrasBench) -> None:
    default = FocalCrop()
    with input_accordion(FocalCrop.name, "extras_focal_crop") as enabled:
        form.add("focal_enabled", enabled)
        with gr.Row():
            for name, words in (("face_weight", "Faces"), ("entropy_weight", "Detail"), ("edges_weight", "Edges")):
                form.add(name, gr.Slider(
                    0, 1, getattr(default, name), step=0.05, label=words, min_width=120,
                    elem_id=f"postprocess_focal_crop_{name}"))
        form.add("debug", gr.Checkbox(
            False, label="Also make a picture that shows what was found", elem_id="train_process_focal_crop_debug",
            info=_CUT_SIZE))


def _build_autosized_crop(form: Form, bench: ExtrasBench) -> None:
    default = AutosizedCrop()
    with input_accordion(AutosizedCrop.name, "extras_autosized_crop") as enabled:
        form.add("autosized_enabled", enabled)
        for first, second, words, largest, step in (
                ("mindim", "maxdim", "side", 2048, 8), ("minarea", "maxarea", "area", 2048 * 2048, 1)):
            with gr.Row():
                for name, bound in ((first, "Smallest"), (second, "Largest")):
                    form.add(name, gr.Slider(
                        64 if words == "side" else 64 * 64, largest, getattr(default, name), step=step,
                        label=f"{bound} {words}", elem_id=f"postprocess_multicrop_{name}", min_width=160))
        with gr.Row():
            form.add("objective", gr.Radio(
                [MAXIMIZE_AREA, MINIMIZE_ERROR], value=default.objective, label="Prefer",
                elem_id="postprocess_multicrop_objective", min_width=160))
            form.add("threshold", gr.Slider(
                0, 1, default.threshold, step=0.01, label="Error threshold", min_width=160,
                elem_id="postprocess_multicrop_threshold", info="How much of the shape may be cut away"))


def _build_flipped_copies(form: Form, bench: ExtrasBench) -> None:
    with input_accordion(FlippedCopies.name, "extras_create_flipped_copies") as enabled:
        form.add("flipped_enabled", enabled)
        form.add("flipped_option", gr.CheckboxGroup(
            list(WAYS), value=[HORIZONTAL], show_label=False, label="Copies", elem_id="extras_flipped_option"))


@dataclass(frozen=True)
class Section:
    """What builds the controls of an operation."""

    operation: str
    build: Callable[[Form, ExtrasBench], None]


SECTIONS = (
    Section(Upscale.name, _build_upscale),
    Section(Gfpgan.name, _build_gfpgan),
    Section(CodeFormer.name, _build_codeformer),
    Section(SplitOversized.name, _build_split),
    Section(FocalCrop.name, _build_focal_crop),
    Section(AutosizedCrop.name, _build_autosized_crop),
    Section(FlippedCopies.name, _build_flipped_copies),
)
