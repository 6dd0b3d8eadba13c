"""Every touch of Gradio's insides, each with a check that fails loudly when Gradio changes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI


def silence_gradio() -> None:
    """Turn off telemetry. Call before ``gradio`` is imported: it reads the environment then."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


def mount_page(app: FastAPI, page: gr.Blocks, *, theme: gr.themes.Base, head: str, root_path: str = "") -> None:
    """Serve ``page`` at ``/`` of ``app``, after every other route of ours.

    Raises: RuntimeError when the page uses what holds a connection open for every browser tab (``gr.State``,
    ``.unload``): a browser opens six at most, and the seventh tab would hang.
    """
    import gradio as gr

    gr.mount_gradio_app(
        app, page, path="/", theme=theme, head=head, root_path=root_path or None, ssr_mode=False,
        run_history=False, footer_links=[], max_file_size="64mb", show_error=True,
    )
    if not hasattr(page, "has_launched"):
        raise RuntimeError("this Gradio has no Blocks.has_launched; its upload check must be looked at again")
    page.has_launched = True  # a mounted page leaves this off, and then any event may read any file
    if page.config.get("connect_heartbeat"):
        raise RuntimeError("the page uses gr.State or .unload, which hold a connection for every browser tab")
