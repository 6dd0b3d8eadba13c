"""Functions of A1111's page that extensions call."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Any

import gradio as gr
import torch

from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.compat.page.given_pictures import image_from_url_text
from modules.frontend.page_plugins import SECTIONS


def gr_show(visible: bool = True) -> dict[str, Any]:
    """Say that something is to be shown or hidden."""
    return {"visible": visible, "__type__": "update"}


def versions_html() -> str:
    """Say what runs, for the foot of a page."""
    facts = (f"version: {HOST.require().bench.version}", f"python: {platform.python_version()}",
             f"torch: {torch.__version__}", f"gradio: {gr.__version__}")
    return "\n&#x2000;•&#x2000;\n".join(facts)


def ordered_ui_categories() -> Iterator[str]:
    """Name the parts of a form in order."""
    yield from (*SECTIONS, "scripts")


def create_override_settings_dropdown(tabname: str, row: Any) -> Any:
    """Add a place for settings that an infotext asks for."""
    return gr.Dropdown([], value=[], label="Override settings", multiselect=True, allow_custom_value=True,
                       elem_id=f"{tabname}_override_settings")


def send_gradio_gallery_to_image(x: Any) -> Any:
    """Return the first picture of a gallery."""
    return image_from_url_text(x) if x else None


def update_token_counter(text: str, steps: int, styles: Any, *, is_positive: bool = True) -> str:
    """Return how long a prompt is, as HTML."""
    count, limit = facade("sd_hijack").model_hijack.get_prompt_lengths(text)
    return f"<span class='gr-box gr-text-input'>{count}/{limit}</span>"
