"""Where the façade and the program meet after extensions were loaded."""

from __future__ import annotations

import importlib

from modules.compat.facade import facade
from modules.compat.picture_info import run_pnginfo


def take_additions() -> None:
    """Let the program know what extensions have put on A1111's lists while they were loaded."""
    facade("sd_samplers").set_samplers()
    facade("modelloader").load_upscalers()


def lend_names() -> None:
    """Give extensions a name of A1111's in a package that is ours and has the name of A1111's file."""
    importlib.import_module("modules.extras").__dict__.setdefault("run_pnginfo", run_pnginfo)
