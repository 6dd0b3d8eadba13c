"""The PNG Info tab: what a picture says about how it was made, whichever program made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from modules.artefacts.metadata import read_picture_text
from modules.foundation.errors import WebUIError
from modules.imaging.reading import read_header
from modules.sampling.registry import REGISTRY

NOTHING = "This picture carries no parameters."
TARGETS = (("txt2img", "txt2img"), ("img2img", "img2img"), ("inpaint", "inpaint"), ("outpaint", "outpaint"),
           ("extras", "extras"))
"""Where a picture can go. The first takes its parameters alone."""


def build_png_info_tab() -> None:
    """Build the tab; ``assets/sending.js`` takes picture and parameters to others."""
    with gr.Row(elem_classes=["tab-body"]):
        with gr.Column(min_width=320):
            picture = gr.Image(type="filepath", image_mode=None, sources=["upload", "clipboard"], label="Picture",
                               elem_id="pnginfo_image", height=420)
        with gr.Column(min_width=320):
            parameters = gr.Textbox(label="Parameters", lines=8, max_lines=20, interactive=False, buttons=["copy"],
                                    elem_id="pnginfo_generation_info")
            others = gr.Textbox(label="Other texts", lines=2, max_lines=20, interactive=False, visible=False,
                                elem_id="pnginfo_others")
            with gr.Row(elem_classes=["send-row"]):
                sends = [gr.Button(f"Send to {words}", elem_id=f"{target}_tab", interactive=False, min_width=160)
                         for target, words in TARGETS]
    picture.change(read, picture, [parameters, others, *sends], api_visibility="private", queue=False)
    for send, (target, _) in zip(sends, TARGETS):
        send.click(None, parameters, None, js=f"(text) => {{ webui.sendPngInfo('{target}', text); }}",
                   api_visibility="private")


def read(path: str | None) -> tuple[Any, ...]:
    """Return a picture's infotext, its other texts, and for each button whether there is something to send."""
    if path is None:
        return (gr.update(value="", placeholder=""), gr.update(value="", visible=False),
                *[gr.update(interactive=False)] * len(TARGETS))
    try:
        header = read_header(Path(path))
    except WebUIError as error:
        raise gr.Error(str(error), print_exception=False) from error
    text = read_picture_text(header.info, header.size, REGISTRY.current.alias_map().get)
    others = "\n".join(f"{key}: {value}" for key, value in text.items.items())
    return (gr.update(value=text.infotext, placeholder=NOTHING), gr.update(value=others, visible=bool(others)),
            gr.update(interactive=bool(text.infotext)), *[gr.update(interactive=True)] * (len(TARGETS) - 1))
