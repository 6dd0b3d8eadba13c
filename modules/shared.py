"""What extensions import as ``modules.shared``: the settings, the launch flags, the running job, the model.

``opts``, ``cmd_opts``, ``state``, ``sd_model`` (loaded when it is looked at; may be assigned), ``OptionInfo``,
``OptionHTML``, ``options_section``, ``options_templates``, ``restricted_opts``, ``device``, ``sd_upscalers``,
``face_restorers``, ``prompt_styles``, ``hypernetworks``, ``loaded_hypernetworks``, ``total_tqdm``, ``mem_mon``,
``latent_upscale_modes``, ``tab_names``, ``list_checkpoint_tiles``, ``refresh_checkpoints``, ``list_samplers``,
``reload_hypernetworks``, ``listfiles``, ``walk_files``, ``natural_sort_key``, ``html``, ``html_path``, ``ldm_print``,
the folders, and small values: see docs/plugin-surface.md.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from modules.compat.launching import command_options
from modules.compat.lazy import lazy_names
from modules.compat.option_info import OptionHTML, OptionInfo, options_section
from modules.compat.options import options
from modules.compat.places import LIVE, extensions_builtin_dir, script_path
from modules.compat.places import config_filename as find_config_filename
from modules.compat.shared_names import (
    LATENT_UPSCALE_MODES,
    MemUsageMonitor,
    TotalTQDM,
    list_checkpoint_tiles,
    list_samplers,
    refresh_checkpoints,
    refresh_vae_list,
    reload_hypernetworks,
)
from modules.compat.shared_names import hypernetworks as known_hypernetworks
from modules.compat.small_tools import html, html_path, ldm_print, listfiles, natural_sort_key, walk_files
from modules.compat.state import State

__all__ = ["OptionHTML", "OptionInfo", "extensions_builtin_dir", "html", "html_path", "latent_upscale_modes",
           "ldm_print", "list_checkpoint_tiles", "list_samplers", "listfiles", "mem_mon", "natural_sort_key",
           "options_section", "refresh_checkpoints", "refresh_vae_list", "reload_hypernetworks", "script_path", "state",
           "total_tqdm", "walk_files"]

state = State()
total_tqdm = TotalTQDM()
mem_mon = MemUsageMonitor()
latent_upscale_modes = LATENT_UPSCALE_MODES
latent_upscale_default_mode = "Latent"
hide_dirs = {"visible": True}
tab_names: list[str] = []
settings_components: dict[str, Any] = {}
loaded_hypernetworks: list[Any] = []
restricted_opts: set[str] = set()
gradio_theme: Any = None
demo: Any = None
clip_model: Any = None
weight_load_location: str | None = None
parallel_processing_allowed = True
batch_cond_uncond = True
xformers_available = False
hf_endpoint = "https://huggingface.co"


def _of(module: str, name: str) -> Callable[[], Any]:
    """Return what another file makes, which is imported when it is asked for: most of them bring PyTorch along."""
    return lambda: getattr(importlib.import_module(f"modules.compat.{module}"), name)()


class SharedModule(ModuleType):
    """This module, with a model that is loaded when it is looked at."""

    @property
    def sd_model(self) -> Any:
        return importlib.import_module("modules.sd_models").model_data.sd_model

    @sd_model.setter
    def sd_model(self, value: Any) -> None:
        importlib.import_module("modules.sd_models").model_data.set_sd_model(value)


__getattr__ = lazy_names(__name__, {
    **{name: LIVE[name] for name in ("data_path", "models_path", "extensions_dir", "default_output_dir")},
    "opts": options, "cmd_opts": command_options, "options_templates": lambda: options().data_labels,
    "config_filename": find_config_filename, "styles_filename": lambda: command_options().styles_file,
    "hypernetworks": known_hypernetworks, "device": _of("devices", "device"),
    "sd_upscalers": _of("upscalers", "upscalers_in_force"), "face_restorers": _of("face_restoration", "face_restorers"),
    "prompt_styles": _of("style_database", "prompt_styles")})
sys.modules[__name__].__class__ = SharedModule
