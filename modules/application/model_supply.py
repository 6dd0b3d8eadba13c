"""Where models come from when somebody asks for one, and where each kind of file belongs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from modules.application.program import Program
from modules.extras.offers import list_offers
from modules.hubs.access import HUGGING_FACE, TOKEN_VARIABLES, Access
from modules.hubs.download import Offer
from modules.hubs.guesses import CHECKPOINT, EMBEDDING, HYPERNETWORK, LORA, UPSCALER, VAE
from modules.hubs.well_known import offer_well_known
from modules.jobs.download_desk import DownloadDesk
from modules.jobs.model_orders import ModelOrders
from modules.settings.flags import LaunchFlags

MIRROR_VARIABLE = "HF_ENDPOINT"
"""Where people name a mirror of Hugging Face, as for its own programs."""


def build_model_orders(program: Program) -> ModelOrders:
    """Build the desk of downloads and the door to it. Contacts nobody."""
    folders = _folders(program.flags)
    access = _access(os.environ, only_hubs=not program.extras.folders.anywhere)

    def offers() -> list[Offer]:
        return [*list_offers(program.extras, program.flags.models_dir), *offer_well_known(folders, access)]

    return ModelOrders(access, folders, DownloadDesk(access, offers, lambda: _look_again(program)))


def _folders(flags: LaunchFlags) -> dict[str, Path]:
    models = flags.models_dir
    return {CHECKPOINT: flags.checkpoints_dir, VAE: flags.vae_dir or models / "VAE", LORA: flags.lora_dir,
            EMBEDDING: flags.embeddings_dir, HYPERNETWORK: flags.hypernetwork_dir, UPSCALER: models / "ESRGAN"}


def _access(environment: Mapping[str, str], *, only_hubs: bool) -> Access:
    tokens = {host: environment[name] for host, name in TOKEN_VARIABLES.items() if environment.get(name)}
    return Access(environment.get(MIRROR_VARIABLE, "").rstrip("/") or HUGGING_FACE, tokens, only_hubs=only_hubs)


def _look_again(program: Program) -> None:
    """Find what has arrived."""
    program.bench.catalog.refresh()
    program.bench.networks.refresh()
    program.extras.upscalers.refresh()
