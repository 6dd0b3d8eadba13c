"""The Extras tab over the real server: what it is made of, and the originals it shows beside results."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from modules.extras.request import ExtrasRequest

A1111_IDS = [
    "mode_extras", "extras_single_tab", "extras_batch_process_tab", "extras_batch_directory_tab", "extras_image",
    "extras_image_batch", "extras_batch_input_dir", "extras_batch_output_dir", "extras_show_extras_results",
    "extras_generate", "extras_upscale", "extras_upscaler_1", "extras_upscaler_2", "extras_upscaler_2_visibility",
    "extras_resize_mode", "extras_scale_by_tab", "extras_scale_to_tab", "extras_upscaling_resize",
    "extras_upscale_max_side_length", "extras_upscaling_resize_w", "extras_upscaling_resize_h",
    "upscaling_res_switch_btn", "extras_upscaling_crop", "extras_gfpgan_visibility", "extras_codeformer_visibility",
    "extras_codeformer_weight", "postprocess_split_threshold", "postprocess_overlap_ratio",
    "postprocess_focal_crop_face_weight", "postprocess_focal_crop_entropy_weight",
    "postprocess_focal_crop_edges_weight", "train_process_focal_crop_debug", "postprocess_multicrop_mindim",
    "postprocess_multicrop_maxdim", "postprocess_multicrop_minarea", "postprocess_multicrop_maxarea",
    "postprocess_multicrop_objective", "postprocess_multicrop_threshold", "extras_results", "extras_results_panel",
]


def test_ids_are_those_of_a1111(client):
    components = client.get("/config").json()["components"]
    found = {component["props"].get("elem_id") for component in components}
    assert [name for name in A1111_IDS if name not in found] == []


def test_face_restorers_without_files_are_grey_and_say_so(client):
    switches = {component["props"]["elem_id"]: component["props"] for component in
                client.get("/config").json()["components"] if component["props"].get("elem_id")}
    switch = switches["extras_gfpgan-checkbox"]
    assert switch["interactive"] is False and switch["label"] == "GFPGAN – not installed"


def picture(kind: str, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (16, 8), 0).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("TIFF", "image/png")])
def test_a_result_has_its_original(client, services, kind, media_type):
    data = picture(kind)
    asked = ExtrasRequest(images=(services.extras.bench.pictures.keep(data),), upscaler_1="Lanczos")
    job = services.extras.queue.monitor.wait(services.extras.submit(asked, client="me").id, 60)
    shown = json.loads(client.get(f"/internal/jobs/{job.id}").content)["pictures"][0]
    answer = client.get(f"/{shown['url']}/original")
    assert answer.headers["content-type"] == media_type
    assert Image.open(io.BytesIO(answer.content)).size == (16, 8)
    assert kind == "TIFF" or answer.content == data


@pytest.mark.parametrize("path", ["nobody/pictures/0/original", "../pictures/0/original"])
def test_what_has_no_original_is_not_found(client, path):
    assert client.get(f"/internal/jobs/{path}").status_code == 404


def test_unlisted_results_are_not_sent_to_the_page(client, services):
    asked = ExtrasRequest(images=(services.extras.bench.pictures.keep(picture("PNG")),), show_extras_results=False)
    job = services.extras.queue.monitor.wait(services.extras.submit(asked, client="me").id, 60)
    assert json.loads(client.get(f"/internal/jobs/{job.id}").content)["pictures"] == []


def test_operations_of_plugins_have_their_controls_after_ours(behind_page):
    import gradio as gr

    from modules.extras.operations import OperationKind
    from modules.frontend.extras_controls import build_operations
    from modules.frontend.extras_request import PLUGIN
    from modules.frontend.form import Form

    bench, form = behind_page.extras.bench, Form("extras", behind_page)
    bench.operations.replace_added([
        OperationKind("Remove background", 100, lambda request: None, lambda: {"model": gr.Dropdown(["a"], label="M")}),
        OperationKind("Upscale", 1, lambda request: None, lambda: {"fake": gr.Checkbox()})])
    try:
        with gr.Blocks():
            build_operations(form, bench)
    finally:
        bench.operations.replace_added([])
    assert [name for name in form.controls if name.startswith(PLUGIN)] == [PLUGIN + '["Remove background", "model"]']
