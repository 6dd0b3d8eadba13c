"""Builds every object once and wires it. Nothing here starts a thread, opens a port or loads a model."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from modules.catalog.catalog import Catalog, ModelFolders
from modules.catalog.network_catalog import NetworkFolders
from modules.catalog.trees import CHECKPOINTS, EMBEDDINGS, HYPERNETWORKS, LORAS, VAES, folders_in
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
from modules.plugins.call_log import CallLog
from modules.plugins.shelf import PluginShelf
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
    plugins: PluginShelf


def build_program(flags: LaunchFlags, calls: CallLog | None = None) -> Program:
    """Build the objects; no plugin is loaded. ``calls``: what happened to plugins so far. Raises: ConfigurationError.
    """
    settings = SettingsStore(flags.ui_settings_file)
    placement = choose_placement(placement_wish(flags), probe_machine())
    prepare_device(placement)
    bench = replace(build_bench(_model_places(flags), flags.data_dir, placement, VERSION), vae=flags.vae_path,
                    xformers=_wants_xformers(flags))
    bench.catalog.hashing = not flags.no_hashing
    _select_checkpoint(flags, settings, bench.catalog)
    extras = ExtrasBench(bench.upscalers, bench.faces, bench.pictures, _folder_rules(flags), flags.data_dir)
    return Program(flags, settings, StyleBook([flags.data_dir / "styles.csv"]), bench, extras,
                   PluginShelf(flags, settings, calls or CallLog()))


def _model_places(flags: LaunchFlags) -> ModelPlaces:
    models = flags.models_dir

    def elsewhere(names: Sequence[str]) -> tuple[Path, ...]:
        return tuple(folder for tree in flags.models_from for folder in folders_in(tree, names))

    def further(kind: str) -> tuple[Path, ...]:
        own: Path | None = getattr(flags, f"{kind.lower()}_models_path", None)
        more = [own, flags.gfpgan_dir if kind == "GFPGAN" else None]
        return (*filter(None, more), *elsewhere([kind]))

    loras = (*elsewhere(LORAS), *filter(None, [flags.lyco_dir_backcompat]), *flags.every_dir("lora_dir"))
    networks = NetworkFolders((*loras, models / "LyCORIS"),
                              (*elsewhere(HYPERNETWORKS), *flags.every_dir("hypernetwork_dir")),
                              (*flags.every_dir("embeddings_dir"), *elsewhere(EMBEDDINGS)))
    return ModelPlaces(_model_folders(flags, elsewhere(CHECKPOINTS), elsewhere(VAES)), networks,
                       upscaler_folders(models, further), face_folders(models, further))


def _folder_rules(flags: LaunchFlags) -> FolderRules:
    """Let whoever sits here name any folder; whoever comes over a network or a proxy, only those of pictures."""
    alone = not (flags.exposed or flags.allowed_host)
    return FolderRules(flags.data_dir, anywhere=alone, shared=(flags.data_dir / "outputs",))


def _model_folders(flags: LaunchFlags, checkpoints: Sequence[Path], vaes: Sequence[Path]) -> ModelFolders:
    """Return where checkpoints and VAEs lie; those of other programs come last. Raises: ConfigurationError."""
    for name, folders in (("--ckpt-dir", flags.every_dir("ckpt_dir")), ("--vae-dir", flags.every_dir("vae_dir")),
                          ("--models-from", flags.models_from)):
        for folder in folders:
            if not folder.is_dir():
                raise ConfigurationError(f"{name} {folder} is not a folder.", remedy="Check the path.")
    for folder in flags.models_from:
        if not folders_in(folder, (*CHECKPOINTS, *VAES, *LORAS, *HYPERNETWORKS, *EMBEDDINGS)):
            raise ConfigurationError(f"--models-from {folder} holds no folder of models that is known.",
                                     remedy="Name the folder of AUTOMATIC1111, Forge or ComfyUI, or its models folder.")
    for name, file in (("--ckpt", flags.ckpt), ("--vae-path", flags.vae_path)):
        if file and not file.is_file():
            raise ConfigurationError(f"{name} {file} is not a file.", remedy="Check the path.")
    near = [flags.models_dir / "Stable-diffusion", *flags.every_dir("ckpt_dir"), flags.ckpt and flags.ckpt.parent]
    return ModelFolders(tuple(dict.fromkeys([*filter(None, near), *checkpoints])),
                        (flags.models_dir / "VAE", *flags.every_dir("vae_dir"), *vaes))


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


def placement_wish(flags: LaunchFlags) -> PlacementWish:
    """Read what the flags ask of the device."""
    wishes = ((flags.lowvram, Offload.LAYER_BY_LAYER), (flags.medvram, Offload.WHOLE_MODELS),
              (flags.medvram_sdxl, Offload.LARGE_MODELS))
    offload = next((offload for wanted, offload in wishes if wanted), Offload.AUTOMATIC)
    return PlacementWish(
        use_cpu=bool({"all", "sd"} & set(flags.use_cpu)), device_id=flags.device_id, no_half=flags.no_half,
        no_half_vae=flags.no_half_vae, precision=Precision(flags.precision), offload=offload)
