"""The PNG Info tab: what a picture says about how it was made, whichever program made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from modules.artefacts.metadata import read_picture_text
from modules.foundation.errors import WebUIError
from modules.frontend.txt2img_tab import PasteTarget
from modules.imaging.reading import read_header
from modules.sampling.registry import BUILTIN

NOTHING = "This picture carries no parameters."


def build_png_info_tab(target: PasteTarget) -> None:
    """Build the tab; ``target`` takes the parameters over."""
    with gr.Row(elem_classes=["tab-body"]):
        with gr.Column(min_width=320):
            picture = gr.Image(type="filepath", image_mode=None, sources=["upload", "clipboard"], label="Picture",
                               elem_id="pnginfo_image", height=420)
        with gr.Column(min_width=320):
            parameters = gr.Textbox(label="Parameters", lines=8, max_lines=20, interactive=False, buttons=["copy"],
                                    elem_id="pnginfo_generation_info")
            others = gr.Textbox(label="Other texts", lines=2, max_lines=20, interactive=False, visible=False,
                                elem_id="pnginfo_others")
            send = gr.Button("Send to txt2img", elem_id="txt2img_tab", interactive=False)
    picture.change(read, picture, [parameters, others, send], api_visibility="private", queue=False)
    send.click(target.read, parameters, target.outputs, api_visibility="private", queue=False).then(
        None, None, None, js="() => { webui.showTab('txt2img'); }", api_visibility="private")


def read(path: str | None) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return a picture's infotext, its other texts, and whether there is something to send."""
    if path is None:
        return "", gr.update(value="", visible=False), gr.update(interactive=False)
    try:
        header = read_header(Path(path))
    except WebUIError as error:
        raise gr.Error(str(error), print_exception=False) from error
    text = read_picture_text(header.info, header.size, BUILTIN.alias_map().get)
    others = "\n".join(f"{key}: {value}" for key, value in text.items.items())
    return (text.infotext or NOTHING, gr.update(value=others, visible=bool(others)),
            gr.update(interactive=bool(text.infotext)))
