"""Builds every object once and wires it. Nothing here starts a thread, opens a port or loads a model."""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import dataclass, replace

from modules.catalog.catalog import Catalog, ModelFolders
from modules.catalog.network_catalog import NetworkFolders
from modules.extras.bench import ExtrasBench
from modules.extras.sources import FolderRules
from modules.foundation.errors import ConfigurationError
from modules.generation.bench_builder import ModelPlaces, build_bench
from modules.generation.workbench import Workbench
from modules.hardware.placement import (
    Offload,
    PlacementWish,
    Precision,
    choose_placement,
    prepare_device,
    probe_machine,
)
from modules.imaging.faces.restorers import face_folders
from modules.imaging.upscaling.shelf import upscaler_folders
from modules.prompting.style_files import StyleBook
from modules.settings.flags import LaunchFlags
from modules.settings.store import SettingsStore

VERSION = "webui-0.1.0"
"""Not a bare number: pictures carry it, and a bare one would be taken for an old version of A1111."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """Everything that lives as long as the process, whichever way it was started."""

    flags: LaunchFlags
    settings: SettingsStore
    styles: StyleBook
    bench: Workbench
    extras: ExtrasBench


def build_program(flags: LaunchFlags) -> Program:
    """Build the objects. Raises: ConfigurationError."""
    settings = SettingsStore(flags.ui_settings_file)
    placement = choose_placement(_placement_wish(flags), probe_machine())
    prepare_device(placement)
    bench = replace(build_bench(_model_places(flags), flags.data_dir, placement, VERSION), vae=flags.vae_path,
                    xformers=_wants_xformers(flags))
    _select_checkpoint(flags, settings, bench.catalog)
    extras = ExtrasBench(bench.upscalers, bench.faces, bench.pictures, _folder_rules(flags), flags.data_dir)
    return Program(flags, settings, StyleBook([flags.data_dir / "styles.csv"]), bench, extras)


def _model_places(flags: LaunchFlags) -> ModelPlaces:
    models = flags.models_dir
    networks = NetworkFolders((flags.lora_dir, models / "LyCORIS"), (flags.hypernetwork_dir,),
                              (flags.embeddings_dir,))
    return ModelPlaces(_model_folders(flags), networks, upscaler_folders(models), face_folders(models))


def _folder_rules(flags: LaunchFlags) -> FolderRules:
    """Let whoever sits here name any folder; whoever comes over a network or a proxy, only those of pictures."""
    alone = not (flags.exposed or flags.allowed_host)
    return FolderRules(flags.data_dir, anywhere=alone, shared=(flags.data_dir / "outputs",))


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
