"""How a picture is sampled, how large it is, and how many there are."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.context import Context

from modules.frontend.controls import input_accordion, keep_choices, tool_button
from modules.frontend.form import Form
from modules.frontend.services import FrontendServices
from modules.sampling.registry import AUTOMATIC, REGISTRY


def build_sampling(form: Form) -> None:
    """Add sampler, schedule and steps."""
    samplers = sampler_labels(form.services)
    with gr.Row(elem_id=f"sampler_selection_{form.tab}"):
        form.add("sampler_name", gr.Dropdown(
            samplers, value=samplers[0], label="Sampling method", elem_id=form.id("sampling"), min_width=150))
        form.add("scheduler", gr.Dropdown(
            scheduler_labels(), value=AUTOMATIC, label="Schedule type", elem_id=form.id("scheduler"),
            min_width=150))
    form.add("steps", gr.Slider(1, 150, 20, step=1, label="Sampling steps", elem_id=form.id("steps")))


def sampler_labels(services: FrontendServices) -> list[str]:
    """Return the samplers that are not hidden; the first of all where every one is."""
    hidden = services.settings.current.sampler.hide_samplers
    labels = [spec.label for spec in REGISTRY.current.samplers]
    return [label for label in labels if label not in hidden] or labels[:1]


def scheduler_labels() -> list[str]:
    return [spec.label for spec in REGISTRY.current.schedulers]


def build_refiner(form: Form) -> None:
    """Add the accordion of the refiner."""
    with input_accordion("Refiner", form.id("enable")) as enabled:
        form.add("enable_refiner", enabled)
        with gr.Row(elem_classes=["with-tool"]):
            checkpoint = form.add("refiner_checkpoint", gr.Dropdown(
                form.services.checkpoint_titles(), value=None, label="Checkpoint", elem_id=form.id("checkpoint"),
                info="It finishes what the main checkpoint began"))
            refresh = tool_button("🔄", form.id("checkpoint_refresh"))
        form.add("refiner_switch_at", gr.Slider(
            0.01, 1, 0.8, step=0.01, label="Switch at", elem_id=form.id("switch_at"),
            info="Fraction of the steps after which the refiner takes over"))
    wire_checkpoint_refresh(refresh, checkpoint, form.services)


def wire_checkpoint_refresh(refresh: gr.Button, dropdown: gr.Dropdown, services: FrontendServices,
                            first: tuple[str, ...] = ()) -> None:
    """Let ``refresh`` look for checkpoints again; ``first`` stands before them in the list."""

    def titles() -> list[str]:
        return [*first, *services.checkpoint_titles()]

    def look_again() -> dict:
        services.bench.catalog.refresh()
        return gr.update(choices=titles())

    refresh.click(look_again, None, dropdown, api_visibility="private", queue=False)
    keep_choices(dropdown, titles)


def build_size(form: Form, *, detect: bool = False) -> None:
    """Add width and height; ``detect`` adds a button that takes them from the picture."""
    size = form.services.native_size()
    with gr.Column(elem_id=form.id("column_size"), scale=4, min_width=200):
        form.add("width", gr.Slider(64, 2048, size.width, step=8, label="Width", elem_id=form.id("width")))
        form.add("height", gr.Slider(64, 2048, size.height, step=8, label="Height", elem_id=form.id("height")))
    with gr.Column(elem_classes=["between"], scale=0, min_width=48):
        swap = tool_button("⇅", form.id("res_switch_btn"))
        if detect:
            tool_button("📐", form.id("detect_image_size_btn"))
    sides = [form.controls["width"], form.controls["height"]]
    swap.click(None, sides, sides, js="(w, h) => [h, w]", api_visibility="private")


def build_batch(form: Form) -> None:
    """Add how many pictures to make."""
    with gr.Column(elem_id=form.id("column_batch"), scale=4, min_width=200):
        form.add("batch_count", gr.Slider(1, 100, 1, step=1, label="Batch count", elem_id=form.id("batch_count")))
        form.add("batch_size", gr.Slider(1, 8, 1, step=1, label="Batch size", elem_id=form.id("batch_size")))


def build_guidance(form: Form) -> None:
    form.add("cfg_scale", gr.Slider(1, 30, 7, step=0.5, label="CFG Scale", elem_id=form.id("cfg_scale")))


def build_image_guidance(form: Form, checkpoint: gr.Dropdown) -> None:
    """Add how much a model that edits keeps to the picture; shown while ``checkpoint`` says such a model."""
    slider = form.add("image_cfg_scale", gr.Slider(
        0, 3, 1.5, step=0.05, label="Image CFG Scale", elem_id=form.id("image_cfg_scale"), visible="hidden",
        info="How closely the result keeps to the picture"))

    def show(title: str | None) -> dict:
        return gr.update(visible=True if title and form.services.edits_pictures(title) else "hidden")

    page = Context.root_block
    assert page is not None, "called while the page is being built"
    quiet: dict[str, Any] = {"api_visibility": "private", "queue": False, "show_progress": "hidden"}
    checkpoint.change(show, checkpoint, slider, **quiet)
    page.load(lambda: show(form.services.chosen_title()), None, slider, **quiet)


def build_denoising(form: Form, value: float) -> None:
    form.add("denoising_strength", gr.Slider(
        0, 1, value, step=0.01, label="Denoising strength", elem_id=form.id("denoising_strength")))


def build_switches(form: Form) -> None:
    """Add what is simply on or off."""
    with gr.Row(elem_id=form.id("checkboxes"), elem_classes=["switches"]):
        if form.services.restores_faces():
            form.add("restore_faces", gr.Checkbox(
                False, label="Restore faces", elem_id=form.id("restore_faces"), container=False, min_width=120))
        form.add("tiling", gr.Checkbox(
            False, label="Tiling", elem_id=form.id("tiling"), container=False, min_width=120))


def build_override_settings(form: Form) -> None:
    """Add the settings that a pasted infotext asks for; hidden while there are none."""
    with gr.Row(elem_id=form.id("override_settings_row"), elem_classes=["override-settings"]):
        form.add("override_settings", gr.Dropdown(
            [], value=[], multiselect=True, allow_custom_value=True, label="Override settings",
            elem_id=form.id("override_settings")))
