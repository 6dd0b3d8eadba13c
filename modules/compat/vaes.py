"""``modules.sd_vae``: which VAE is used."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from modules.compat.checkpoints import CheckpointInfo, note_loaded, select_checkpoint
from modules.compat.facade import facade
from modules.compat.host import HOST

unspecified: Any = object()


class VaeResolution(NamedTuple):
    """The VAE that is chosen, and why."""

    vae: str | None = None
    source: str | None = None
    resolved: bool = True

    def tuple(self) -> Any:
        return self.vae, self.source


def vae_dict() -> dict[str, str]:
    """Return the VAE files by name."""
    return {name: str(path) for name, path in HOST.require().bench.catalog.vaes.items()}


def refresh_vae_list() -> None:
    """Look into the folders again."""
    HOST.require().bench.catalog.refresh()


def vae_path() -> str:
    """Return the folder of VAEs."""
    return str(HOST.require().flags.models_dir / "VAE")


def loaded_vae_file() -> str | None:
    """Return the file in the place of the checkpoint's own VAE."""
    model = HOST.require().bench.models.current
    return str(model.files.vae) if model is not None and model.files.vae else None


def get_loaded_vae_name() -> str | None:
    """Return the name of that file."""
    file = loaded_vae_file()
    return Path(file).name if file else None


def get_loaded_vae_hash() -> str | None:
    file = loaded_vae_file()
    return HOST.require().bench.catalog.short_hash(Path(file)) if file else None


def get_filename(filepath: str) -> str:
    """Return the name of a file."""
    return Path(filepath).name


def find_vae_near_checkpoint(checkpoint_file: str) -> str | None:
    """Find the VAE that is named like a checkpoint."""
    stem = Path(checkpoint_file).stem
    return next((path for name, path in vae_dict().items() if name.startswith(stem)), None)


def resolve_vae(checkpoint_file: str) -> VaeResolution:
    """Choose the VAE for a checkpoint."""
    choice = HOST.require().bench.choose_vae(CheckpointInfo(checkpoint_file).entry,
                                             facade("shared").opts.settings().vae)
    return VaeResolution(str(choice.path) if choice.path else None, choice.reason)


def reload_vae_weights(sd_model: Any = None, vae_file: Any = unspecified) -> Any:
    """Use another VAE; without one, the chosen one. Raises: ModelFileError."""
    host = HOST.require()
    current = host.bench.models.current
    entry = CheckpointInfo(current.files.checkpoint).entry if current else select_checkpoint().entry
    chosen = resolve_vae(str(entry.path)).vae if vae_file is unspecified else vae_file
    with host.turn:
        return note_loaded(host.bench.load(entry, Path(chosen) if chosen else None))


