"""Buttons of plugins that send a picture and its parameters to a tab."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from modules.compat.host import HOST
from modules.compat.page.given_pictures import image_from_url_text
from modules.imaging.png import encode_png

TARGETS = ("txt2img", "img2img", "inpaint", "extras")


@dataclass
class ParamBinding:
    """Which button sends what where."""

    paste_button: Any
    tabname: str
    source_text_component: Any = None
    source_image_component: Any = None
    source_tabname: str | None = None
    override_settings_component: Any = None
    paste_field_names: Any = field(default_factory=list)


def create_buttons(tabs_list: Iterable[str]) -> dict[str, Any]:
    """Add a button for each tab."""
    return {tab: gr.Button(f"Send to {tab}", elem_classes=[f"send-to-{tab}"]) for tab in tabs_list}


def bind_buttons(buttons: Mapping[str, Any], send_image: Any, send_generate_info: Any) -> None:
    """Let buttons send a picture with its parameters. ``send_generate_info``: a component, or a tab's name."""
    for tab, button in buttons.items():
        text = send_generate_info if isinstance(send_generate_info, gr.components.Component) else None
        named = send_generate_info if isinstance(send_generate_info, str) else None
        register_paste_params_button(ParamBinding(button, tab, text, send_image, named))


def register_paste_params_button(binding: ParamBinding) -> None:
    """Wire a button: the picture is handed in, and the page's own scripts take both where they belong."""
    sources = [one for one in (binding.source_image_component, binding.source_text_component) if one is not None]
    carrier = gr.Textbox(visible="hidden")
    has_image = binding.source_image_component is not None

    def pack(chosen: Any, *values: Any) -> str:
        picture = _selected(values[0], chosen) if has_image and values else None
        text = values[-1] if binding.source_text_component is not None and values else None
        return json.dumps({"picture": _keep(picture), "infotext": str(text or _written_in(picture))})

    index = gr.Textbox(visible="hidden")
    target, sender = json.dumps(binding.tabname), json.dumps(binding.source_tabname)
    binding.paste_button.click(
        pack, [index, *sources], carrier, api_visibility="private", show_progress="hidden",
        js="(_, ...values) => [String(selected_gallery_index()), ...values]",
    ).then(None, carrier, None, api_visibility="private",
           js=f"(text) => {{ webui.sendFromPlugin({target}, text, {sender}); }}")


def _selected(value: Any, chosen: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        return value
    number = int(chosen) if str(chosen).isdigit() else 0
    return value[min(number, len(value) - 1)] if value else None


def _keep(value: Any) -> str | None:
    picture = image_from_url_text(value)
    if picture is None:
        return None
    return HOST.require().bench.pictures.keep(_as_file(picture))


def _as_file(picture: Any) -> bytes:
    buffer = io.BytesIO()
    if picture.mode in ("RGB", "RGBA", "L"):
        return encode_png(picture)
    picture.convert("RGBA").save(buffer, "PNG")
    return buffer.getvalue()


def _written_in(value: Any) -> str:
    picture = image_from_url_text(value)
    return str(picture.info.get("parameters", "")) if picture is not None else ""
