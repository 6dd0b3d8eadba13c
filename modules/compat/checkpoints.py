"""Checkpoints as ``modules.sd_models`` lists, finds and loads them."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modules.catalog.entry import CheckpointEntry
from modules.compat.callbacks import call_back
from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.compat.loaded_checkpoint import LoadedCheckpoint, proxy_of
from modules.foundation.files import natural_key
from modules.weights.hashes import hash_legacy
from modules.weights.header import read_safetensors_header
from modules.weights.reading import is_safetensors, read_weights


class CheckpointInfo:
    """A checkpoint and all its names. Made from the path of a file."""

    def __init__(self, filename: str | Path) -> None:
        path = Path(filename).absolute()
        known = next((entry for entry in HOST.require().bench.catalog.checkpoints if entry.path == path), None)
        self._entry = known or CheckpointEntry(path, path.name, legacy_hash=hash_legacy(path))

    @classmethod
    def of(cls, entry: CheckpointEntry) -> CheckpointInfo:
        """Show what the catalog says."""
        info = cls.__new__(cls)
        info._entry = entry
        return info

    @property
    def entry(self) -> CheckpointEntry:
        return self._entry

    @property
    def filename(self) -> str:
        return str(self._entry.path)

    @property
    def name(self) -> str:
        return self._entry.name

    @property
    def name_for_extra(self) -> str:
        return self._entry.stem

    @property
    def model_name(self) -> str:
        return self._entry.model_name

    @property
    def title(self) -> str:
        return self._entry.title

    @property
    def short_title(self) -> str:
        return self._entry.short_title

    @property
    def hash(self) -> str | None:
        """The eight digits of 2022."""
        return self._entry.legacy_hash

    @property
    def sha256(self) -> str | None:
        return self._entry.sha256

    @property
    def shorthash(self) -> str | None:
        return self._entry.short_hash

    @property
    def ids(self) -> list[str]:
        """Everything it answers to."""
        return list(self._entry.aliases)

    @property
    def is_safetensors(self) -> bool:
        return is_safetensors(self._entry.path)

    @property
    def metadata(self) -> dict[str, str]:
        return read_metadata_from_safetensors(self.filename) if self.is_safetensors else {}

    def register(self) -> None:
        """Do nothing: lists are made from the folders."""

    def calculate_shorthash(self) -> str | None:
        """Compute the hash, if that was not done before."""
        self._entry = HOST.require().bench.catalog.with_hash(self._entry)
        return self.shorthash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CheckpointInfo) and other.filename == self.filename

    def __hash__(self) -> int:
        return hash(self.filename)

    def __str__(self) -> str:
        return self.title


def checkpoints_list() -> dict[str, CheckpointInfo]:
    """Return every checkpoint by its title."""
    return {entry.title: CheckpointInfo.of(entry) for entry in HOST.require().bench.catalog.checkpoints}


def checkpoint_aliases() -> dict[str, CheckpointInfo]:
    """Return every checkpoint by everything it answers to."""
    return {alias: CheckpointInfo.of(entry) for entry in HOST.require().bench.catalog.checkpoints
            for alias in entry.aliases}


def checkpoint_tiles(use_short: bool = False) -> list[str]:
    """List the titles as menus show them."""
    entries = HOST.require().bench.catalog.checkpoints
    return sorted((entry.short_title if use_short else entry.title for entry in entries), key=natural_key)


def list_models() -> None:
    """Look into the folders again."""
    HOST.require().bench.catalog.refresh()


def model_path() -> str:
    """Return the folder of checkpoints."""
    return str(HOST.require().flags.models_dir / "Stable-diffusion")


def get_closet_checkpoint_match(search_string: str | None) -> CheckpointInfo | None:
    """Find the checkpoint that a title, name, stem or hash means."""
    found = HOST.require().bench.catalog.find(search_string or "")
    return CheckpointInfo.of(found) if found else None


def select_checkpoint() -> CheckpointInfo:
    """Return the chosen checkpoint. Raises: NotFoundError."""
    bench = HOST.require().bench
    found = bench.catalog.find(facade("shared").opts.sd_model_checkpoint or "")
    return CheckpointInfo.of(found or bench.choose(""))


def model_hash(filename: str) -> str:
    """Return the eight digits of 2022 of a file."""
    return hash_legacy(Path(filename))


def read_state_dict(checkpoint_file: str, print_global_state: bool = False, map_location: Any = None
                    ) -> dict[str, Any]:
    """Read the tensors of a model file. Raises: ModelFileError."""
    return dict(read_weights(Path(checkpoint_file)).tensors)


def read_metadata_from_safetensors(filename: str) -> dict[str, str]:
    """Read the texts of a file's header. Raises: ModelFileError."""
    return dict(read_safetensors_header(Path(filename)).metadata)


def load_model(checkpoint_info: CheckpointInfo | None = None, already_loaded_state_dict: Any = None
               ) -> LoadedCheckpoint:
    """Bring a checkpoint into memory; without one, the chosen one. Raises: NotFoundError, ModelFileError."""
    host = HOST.require()
    chosen = checkpoint_info or select_checkpoint()
    settings = facade("shared").opts.settings()
    with host.turn:
        model = host.bench.load(chosen.entry, host.bench.choose_vae(chosen.entry, settings.vae).path)
        return note_loaded(model)


def reload_model_weights(sd_model: Any = None, info: CheckpointInfo | None = None, forced_reload: bool = False
                         ) -> LoadedCheckpoint:
    """Bring another checkpoint into memory; nothing is done where it is the one in use."""
    if forced_reload:
        unload_model_weights()
    return load_model(info)


def unload_model_weights(sd_model: Any = None, info: Any = None) -> None:
    """Let every model go."""
    host = HOST.require()
    with host.turn:
        host.bench.models.unload()


def send_model_to_cpu(m: Any) -> None:
    """Do nothing: what leaves the device's memory is decided by how much there is."""


def note_loaded(model: Any) -> LoadedCheckpoint:
    """Tell extensions of a model, once for as long as it stays."""
    proxy = proxy_of(model)
    if _TOLD.is_news(model):
        call_back("model_loaded", proxy)
    return proxy


class _Told:
    """Which model extensions were told of last."""

    def __init__(self) -> None:
        self._told: object = None

    def is_news(self, model: Any) -> bool:
        before, self._told = self._told, (weakref.ref(model), model.files)
        return before != self._told


_TOLD = _Told()


class SdModelData:
    """Where the model in memory is. ``shared.sd_model`` looks here."""

    was_loaded_at_least_once = True

    def __init__(self, load: Callable[[], LoadedCheckpoint]) -> None:
        self._load = load
        self._given: Any = None

    @property
    def sd_model(self) -> Any:
        return self.get_sd_model()

    @sd_model.setter
    def sd_model(self, value: Any) -> None:
        self.set_sd_model(value)

    @property
    def loaded_sd_models(self) -> list[LoadedCheckpoint]:
        """The model in use; others that are kept do not show."""
        current = HOST.require().bench.models.current
        return [proxy_of(current)] if current else []

    def get_sd_model(self) -> Any:
        """Return the model, and bring the chosen one into memory where there is none."""
        if self._given is not None:
            return self._given
        current = HOST.require().bench.models.current
        return proxy_of(current) if current is not None else self._load()

    def set_sd_model(self, v: Any, already_loaded: bool = False) -> None:
        """Show an object of an extension's own in the place of the model, until None is set."""
        self._given = None if isinstance(v, LoadedCheckpoint) else v


model_data = SdModelData(load_model)
