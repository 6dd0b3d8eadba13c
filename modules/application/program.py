"""Builds every object once and wires it. Nothing here starts a thread, opens a port or loads a model."""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import dataclass

from modules.catalog.catalog import Catalog, ModelFolders
from modules.engine.residency import ModelSlot
from modules.foundation.errors import ConfigurationError
from modules.generation.workbench import Workbench
from modules.hardware.placement import (
    Offload,
    PlacementWish,
    Precision,
    choose_placement,
    prepare_device,
    probe_machine,
)
from modules.prompting.style_files import StyleBook
from modules.settings.flags import LaunchFlags
from modules.settings.store import SettingsStore
from modules.weights.hash_cache import HashCache

VERSION = "0.1.0"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """Everything that lives as long as the process, whichever way it was started."""

    flags: LaunchFlags
    settings: SettingsStore
    catalog: Catalog
    styles: StyleBook
    bench: Workbench


def build_program(flags: LaunchFlags) -> Program:
    """Build the objects. Raises: ConfigurationError."""
    settings = SettingsStore(flags.ui_settings_file)
    catalog = Catalog(_model_folders(flags), HashCache(flags.data_dir / "cache" / "hashes.json"))
    catalog.refresh()
    placement = choose_placement(_placement_wish(flags), probe_machine())
    prepare_device(placement)
    _select_checkpoint(flags, settings, catalog)
    bench = Workbench(ModelSlot(placement), catalog, flags.data_dir, VERSION, flags.vae_path, _wants_xformers(flags))
    return Program(flags, settings, catalog, StyleBook([flags.data_dir / "styles.csv"]), bench)


def _model_folders(flags: LaunchFlags) -> ModelFolders:
    for name, folder in (("--ckpt-dir", flags.ckpt_dir), ("--vae-dir", flags.vae_dir)):
        if folder and not folder.is_dir():
            raise ConfigurationError(f"{name} {folder} is not a folder.", remedy="Check the path.")
    for name, file in (("--ckpt", flags.ckpt), ("--vae-path", flags.vae_path)):
        if file and not file.is_file():
            raise ConfigurationError(f"{name} {file} is not a file.", remedy="Check the path.")
    checkpoints = [flags.models_dir / "Stable-diffusion", flags.ckpt_dir, flags.ckpt and flags.ckpt.parent]
    vaes = [flags.models_dir / "VAE", flags.vae_dir]
    return ModelFolders(tuple(dict.fromkeys(filter(None, checkpoints))), tuple(filter(None, vaes)))


def _select_checkpoint(flags: LaunchFlags, settings: SettingsStore, catalog: Catalog) -> None:
    """Make the checkpoint of ``--ckpt`` the chosen one, as if it had been picked on the page."""
    chosen = next((entry for entry in catalog.checkpoints if entry.path == flags.ckpt), None)
    if chosen:
        settings.update({"sd_model_checkpoint": chosen.name})


def _wants_xformers(flags: LaunchFlags) -> bool:
    if flags.attention != "xformers":
        return False
    found = importlib.util.find_spec("xformers") is not None
    if not found:
        log.warning("--xformers: the package xformers is not installed; PyTorch's own attention is used.")
    return found


def _placement_wish(flags: LaunchFlags) -> PlacementWish:
    offload = (Offload.LAYER_BY_LAYER if flags.lowvram
               else Offload.WHOLE_MODELS if flags.medvram else Offload.NOTHING)
    return PlacementWish(
        use_cpu=bool({"all", "sd"} & set(flags.use_cpu)), device_id=flags.device_id, no_half=flags.no_half,
        no_half_vae=flags.no_half_vae, precision=Precision(flags.precision), offload=offload)
