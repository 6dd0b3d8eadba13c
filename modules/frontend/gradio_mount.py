"""Every touch of Gradio's insides, each with a check that fails loudly when Gradio changes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI


def silence_gradio() -> None:
    """Turn off telemetry. Call before ``gradio`` is imported: it reads the environment then."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


def mount_page(app: FastAPI, page: gr.Blocks, *, theme: gr.themes.Base, head: str, root_path: str = "",
               shown: Sequence[Path] = ()) -> None:
    """Serve ``page`` at ``/`` of ``app``, after every other route of ours.

    ``shown``: folders whose pictures components may show, wherever they lie; those of plugins show finished ones.
    A plugin's ``gr.State`` would have every tab of a browser hold a connection open, of which it opens six at most:
    the seventh tab would hang. All the connection is for is to forget a tab's state once it is closed; without it,
    state is forgotten when there are too many.
    Raises: RuntimeError when Gradio has changed.
    """
    import gradio as gr

    gr.mount_gradio_app(
        app, page, path="/", theme=theme, head=head, root_path=root_path or None, ssr_mode=False,
        run_history=False, footer_links=[], max_file_size="64mb", show_error=True,
        allowed_paths=[str(folder) for folder in shown])
    if not hasattr(page, "has_launched"):
        raise RuntimeError("this Gradio has no Blocks.has_launched; its upload check must be looked at again")
    page.has_launched = True  # a mounted page leaves this off, and then any event may read any file
    if "connect_heartbeat" not in page.config:
        raise RuntimeError("this Gradio says elsewhere whether pages hold a connection open; look at it again")
    page.config["connect_heartbeat"] = False
