"""Pieces of a page that extensions build their own tabs with."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from modules.compat.facade import facade
from modules.compat.page.form_components import ToolButton
from modules.compat.page.given_pictures import image_from_url_text
from modules.foundation.errors import InvalidRequestError

REFRESH = "\U0001f504"
RANDOM, REUSE, PASTE, FOLDER, SAVE_STYLE, APPLY_STYLE, CLEAR, EXTRAS, SWITCH = (
    "\U0001f3b2\ufe0f", "\u267b\ufe0f", "\u2199\ufe0f", "\U0001f4c2", "\U0001f4be", "\U0001f4cb",
    "\U0001f5d1\ufe0f", "\U0001f3b4", "\U000021C5")


@dataclass
class OutputPanel:
    """The parts of a panel with pictures."""

    gallery: Any = None
    generation_info: Any = None
    infotext: Any = None
    html_log: Any = None
    button_upscale: Any = None


def plaintext_to_html(text: str, classname: str | None = None) -> str:
    """Return a text as paragraphs that show it as it is."""
    content = "<br>\n".join(html.escape(line) for line in str(text).split("\n"))
    return f'<p class="{html.escape(classname)}">{content}</p>' if classname else f"<p>{content}</p>"


def create_refresh_button(refresh_component: Any, refresh_method: Callable[[], Any], refreshed_args: Any,
                          elem_id: str) -> Any:
    """Add a button that looks again at what there is. ``refreshed_args``: what then changes of the component(s)."""
    components = refresh_component if isinstance(refresh_component, list) else [refresh_component]

    def refresh() -> Any:
        refresh_method()
        changed = refreshed_args() if callable(refreshed_args) else refreshed_args or {}
        return [gr.update(**changed) for _ in components] if len(components) > 1 else gr.update(**changed)

    button = ToolButton(value=REFRESH, elem_id=elem_id)
    button.click(refresh, [], components, api_visibility="private", show_progress="hidden")
    return button


def create_output_panel(tabname: str, outdir: str | None = None, toprow: Any = None) -> OutputPanel:
    """Add a panel with pictures to a tab of an extension."""
    with gr.Column(elem_id=f"{tabname}_results", elem_classes=["plugin-results"]):
        gallery = gr.Gallery(label="Output", show_label=False, elem_id=f"{tabname}_gallery", columns=4, preview=True,
                             height=480, format="png", type="filepath")
        info = gr.Textbox(visible="hidden", elem_id=f"generation_info_{tabname}")
        infotext = gr.HTML(elem_id=f"html_info_{tabname}", elem_classes=["infotext"], js_on_load=None)
        log = gr.HTML(elem_id=f"html_log_{tabname}", elem_classes=["html-log"], js_on_load=None)
    return OutputPanel(gallery, info, infotext, log, None)


def update_generation_info(generation_info: str, html_info: str, img_index: Any) -> tuple[str, Any]:
    """Return the infotext of the picture that is selected, as HTML."""
    try:
        texts = json.loads(generation_info)["infotexts"]
        return plaintext_to_html(texts[int(img_index)]), gr.update()
    except (TypeError, ValueError, KeyError, IndexError):
        return html_info, gr.update()


def save_files(js_data: str, images: Any, do_make_zip: bool, index: int) -> tuple[Any, str]:
    """Save pictures of a gallery to the folder of saved pictures. ``index``: the selected one, below 0 for all."""
    opts = facade("shared").opts
    info: Mapping[str, Any] = json.loads(js_data) if js_data else {}
    chosen = list(enumerate(images or ()))
    if 0 <= int(index) < len(chosen) and opts.save_selected_only:
        chosen = [chosen[int(index)]]
    written = [_save(info, number, picture, opts) for number, picture in chosen]
    if not written:
        raise InvalidRequestError("images", "There is no picture to save.")
    return gr.update(value=[str(path) for path in written], visible=True), plaintext_to_html(
        f"Saved: {written[0].name}" if len(written) == 1 else f"{len(written)} pictures saved")


def _save(info: Mapping[str, Any], number: int, picture: Any, opts: Any) -> Path:
    texts = info.get("infotexts") or [info.get("infotext")]
    path, _ = facade("images").save_image(
        image_from_url_text(picture), opts.outdir_save, "", seed=info.get("seed"), prompt=info.get("prompt"),
        extension=opts.samples_format, info=texts[min(number, len(texts) - 1)])
    return Path(path)
