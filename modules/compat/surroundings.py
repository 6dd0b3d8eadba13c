"""What a plugin's code runs in: its own name, Gradio 3's spellings, and what newer libraries took away."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from modules.compat.gradio3.events import Around
from modules.compat.gradio3.switching import gradio3
from modules.compat.host import HOST
from modules.compat.library_drift import drifted_libraries
from modules.foundation.files import atomic_write
from modules.plugins.importing import acting_for, current_owner

UI_CONFIG = "ui-config.json"


@contextlib.contextmanager
def plugin_code(owner: str = "") -> Iterator[None]:
    """Run a plugin's code inside this: while its files are loaded, its controls built, its event functions called."""
    with acting_for(owner) if owner else contextlib.nullcontext(), drifted_libraries(), gradio3():
        yield


def prepare_plugin_code(data_folder: Path) -> None:
    """Make ready what plugins expect before the first of them is loaded. Raises: OutputError."""
    gradio3.run_events_in(_around_events)
    file = data_folder / UI_CONFIG
    if not file.exists():  # some read it while they are loaded
        atomic_write(file, b"{}\n")


def _around_events() -> Around:
    """Return what an event function is to run in, that is registered now."""
    owner = current_owner()

    @contextlib.contextmanager
    def run() -> Iterator[None]:
        with plugin_code(owner):
            try:
                yield
            except Exception as error:
                HOST.require().calls.note_failure(owner or "a plugin", "an event of the page", error)
                raise

    return run
