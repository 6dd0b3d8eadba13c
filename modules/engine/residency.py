"""Who owns the model in memory, and how one takes the place of another.

This file imports no model library: those take seconds, and are fetched when the first model is loaded.
"""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from modules.engine.model_files import ModelFiles
from modules.hardware.memory import device_memory, system_memory
from modules.hardware.placement import Placement, loading_device
from modules.hardware.torchvision_repair import repair_torchvision

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel

_ROOM = 1.25
"""How many times its size must be free for a model to be built beside another."""
_Stamp = tuple[Path, int, int]


class ModelSlot:
    """The one place that keeps a model alive; everybody else borrows it for as long as a job lasts."""

    def __init__(self, placement: Placement) -> None:
        self._placement = placement
        self._lock = threading.RLock()
        self._model: LoadedModel | None = None
        self._stamps: dict[str, _Stamp | None] = {}

    @property
    def current(self) -> LoadedModel | None:
        """The loaded model, if there is one."""
        return self._model

    def load(self, files: ModelFiles) -> LoadedModel:
        """Give the model made from these files, loading only what is not loaded or has changed on the disk.

        A load that fails leaves the model that was there as it was. Raises: ModelFileError.
        """
        with self._lock:
            stamps = {"checkpoint": _stamp(files.checkpoint), "vae": _stamp(files.vae)}
            if self._model is None or stamps["checkpoint"] != self._stamps["checkpoint"]:
                self._load(files)
            elif stamps["vae"] != self._stamps["vae"]:
                self._change_vae(self._model, files)
            self._stamps = stamps
            assert self._model is not None
            return self._model

    def unload(self) -> None:
        """Let the model go and give its memory back."""
        with self._lock:
            self._swap(None)

    def _load(self, files: ModelFiles) -> None:
        """Build the new model beside the old one where both fit in memory, else in its place."""
        prepare_model_libraries()
        from modules.engine.loading import build_model, draw_blueprint, load_model

        blueprint = draw_blueprint(files)  # nearly everything that can go wrong goes wrong here
        previous = self._model.files if self._model else None
        if previous is None or self._has_room(blueprint.size_bytes(self._placement)):
            self._swap(build_model(blueprint, self._placement))
            return
        self._swap(None)
        try:
            self._swap(build_model(blueprint, self._placement))
        except BaseException:
            self._swap(load_model(previous, self._placement))
            raise

    def _has_room(self, needed_bytes: int) -> bool:
        memory = device_memory(loading_device(self._placement)) or system_memory()
        return memory is None or memory.free > needed_bytes * _ROOM

    def _swap(self, model: LoadedModel | None) -> None:
        had_one = self._model is not None
        self._model = model
        if had_one:
            _release_memory()

    def _change_vae(self, model: LoadedModel, files: ModelFiles) -> None:
        from modules.engine.loading import load_autoencoder

        model.replace_autoencoder(files, load_autoencoder(files.vae or files.checkpoint, self._placement))
        _release_memory()


def prepare_model_libraries() -> None:
    """Make diffusers and transformers importable, and keep them from fetching anything."""
    os.environ.setdefault("DIFFUSERS_DISABLE_REMOTE_CODE", "1")
    repair_torchvision()


def _stamp(path: Path | None) -> _Stamp | None:
    """Identify a file's content without reading it; a missing file is the loader's to report."""
    if path is None or not path.exists():
        return None
    status = path.stat()
    return path, status.st_size, status.st_mtime_ns


def _release_memory() -> None:
    gc.collect()  # modules refer to one another in circles
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
