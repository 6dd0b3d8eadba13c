"""Who owns the models in memory, and how one takes the place of another.

This file imports no model library: those take seconds, and are fetched when the first model is loaded.
"""

from __future__ import annotations

import functools
import gc
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from modules.engine.economy import Economy
from modules.engine.model_files import FileStamp, ModelFiles, stamp_of
from modules.engine.retention import Retention
from modules.engine.vae_cupboard import VaeCupboard
from modules.hardware.memory import (
    MEMORY_ERRORS,
    available_bytes,
    device_memory,
    is_out_of_memory,
    release_memory,
    system_memory,
)
from modules.hardware.placement import Offload, Placement, loading_device, settle_offload
from modules.hardware.torchvision_repair import repair_torchvision

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel
    from modules.engine.loading import Blueprint

_ROOM = 1.25
"""How many times its size must be free for a model to be built beside another."""


@dataclass(frozen=True)
class HeldModel:
    """A model in memory. Units: bytes."""

    name: str
    size: int
    parked: bool
    """In main memory until it is wanted again."""
    chosen: bool
    """The one that was asked for last."""


@dataclass
class _Resident:
    model: LoadedModel
    checkpoint: FileStamp | None
    vae: FileStamp | None
    parked: bool = False


class ModelSlot:
    """The one place that keeps models alive; everybody else borrows one for as long as a job lasts."""

    def __init__(self, placement: Placement) -> None:
        self._placement = placement
        self._apart = placement.device.type == "cuda"
        """Whether models compute in a memory of its own."""
        self._lock = threading.RLock()
        self._held: dict[Path, _Resident] = {}
        """In the order of use: the last is the current one."""
        self._chosen: _Resident | None = None
        self._retention = Retention()
        self._vaes = VaeCupboard()
        self._economy: Economy | None = None

    @property
    def placement(self) -> Placement:
        """Where models compute, unless there turns out to be too little memory."""
        return self._placement

    @property
    def current(self) -> LoadedModel | None:
        """The model asked for last, if there is one."""
        return self._chosen.model if self._chosen else None

    def held(self) -> Sequence[HeldModel]:
        """List the models in memory, the one in use first."""
        chosen, held = self._chosen, list(self._held.values())
        return [HeldModel(one.model.files.checkpoint.stem, one.model.weights_bytes(), one.parked, one is chosen)
                for one in reversed(held)]

    def load(self, files: ModelFiles) -> LoadedModel:
        """Give the model made from these files, loading only what is not loaded or has changed on the disk.

        A load that fails leaves the model that was there as it was. Raises: ModelFileError.
        """
        with self._lock:
            checkpoint, vae = stamp_of(files.checkpoint), stamp_of(files.vae)
            resident = self._held.get(files.checkpoint)
            if resident is None or resident.checkpoint != checkpoint:
                self._load(files)
            else:
                if resident.vae != vae:
                    self._change_vae(resident, files)
                self._choose(resident)
            assert self._chosen is not None
            return self._chosen.model

    def retain(self, retention: Retention) -> None:
        """Keep this many models from now on."""
        with self._lock:
            self._retention = retention
            self._vaes.keep(retention.vaes)
            self._let_go_of_surplus()

    @contextmanager
    def economising(self, economy: Economy) -> Iterator[None]:
        """Let whatever model is used do without what ``economy`` says; afterwards all is as before.

        A job that a script runs within another has an economy of its own.
        """
        before = self._economy
        self._set_economy(economy)
        try:
            yield
        finally:
            self._set_economy(before)

    def unload(self) -> None:
        """Let every model go and give its memory back."""
        with self._lock:
            self._vaes.clear()
            self._drop(list(self._held))

    def unload_others(self) -> None:
        """Let every model but the current one go."""
        with self._lock:
            self._vaes.clear()
            self._drop([path for path, held in self._held.items() if held is not self._chosen])

    def _load(self, files: ModelFiles) -> None:
        """Build the new model beside those there are where all fit in memory, else in their place."""
        prepare_model_libraries()
        from modules.engine.loading import draw_blueprint, load_model

        _overlook_libraries()
        blueprint = draw_blueprint(files)  # nearly everything that can go wrong goes wrong here
        placement = self._settle(blueprint)
        before = self._chosen.model.files if self._chosen else None
        let_go = self._make_room(blueprint.weights(placement).total, placement)
        try:
            model = self._build(blueprint, placement)
        except BaseException:
            if before is not None and let_go:
                self._take_in(load_model(before, self._placement_of(before)))
            raise
        self._take_in(model)

    def _build(self, blueprint: Blueprint, placement: Placement) -> LoadedModel:
        """Build a model; where its device turns out too small, once more with parts that take turns."""
        from modules.engine.loading import build_model

        try:
            return build_model(blueprint, placement)
        except MEMORY_ERRORS as error:
            if not is_out_of_memory(error) or not self._apart:
                raise
        self.unload_others()
        release_memory()
        return build_model(blueprint, replace(placement, offload=Offload.WHOLE_MODELS))

    def _settle(self, blueprint: Blueprint) -> Placement:
        """Decide how the model uses its device, counting as free what others hold there."""
        free = available_bytes(self._placement.device)
        there = sum(held.model.weights_bytes() for held in self._held.values()
                    if not held.parked and held.model.placement.offload is Offload.NOTHING)
        return settle_offload(self._placement, blueprint.weights(self._placement), free and free + there)

    def _placement_of(self, files: ModelFiles) -> Placement:
        from modules.engine.loading import draw_blueprint

        return self._settle(draw_blueprint(files))

    def _make_room(self, needed_bytes: int, placement: Placement) -> bool:
        """Send models away, the longest unused first, until another fits. Returns whether the chosen one went."""
        for path, held in list(self._held.items()):
            if self._has_room(needed_bytes, placement):
                break
            if held.parked or not self._park(held):
                self._drop([path])
        return self._chosen is None

    def _has_room(self, needed_bytes: int, placement: Placement) -> bool:
        memory = device_memory(loading_device(placement)) or system_memory()
        return memory is None or memory.free > needed_bytes * _ROOM

    def _take_in(self, model: LoadedModel) -> None:
        """Make a new model the chosen one; what is one too many goes."""
        self._held.pop(model.files.checkpoint, None)
        self._choose(_Resident(model, stamp_of(model.files.checkpoint), stamp_of(model.files.vae)))

    def _choose(self, resident: _Resident) -> None:
        path = resident.model.files.checkpoint
        self._held.pop(path, None)
        if resident.parked:
            self._make_room(resident.model.weights_bytes(), resident.model.placement)
            resident.model.turns.wake()
            resident.parked = False
        self._held[path] = self._chosen = resident
        if self._economy is not None:
            resident.model.economy = self._economy
        self._let_go_of_surplus()

    def _let_go_of_surplus(self) -> None:
        """Park or drop what is more than may stay."""
        others = [path for path, held in self._held.items() if held is not self._chosen]
        here = [path for path in others if not self._held[path].parked]
        room = self._retention.resident - 1 + (0 if self._apart else self._retention.parked)
        leaving = [path for path in here[:max(len(here) - room, 0)] if not self._park(self._held[path])]
        parked = [path for path in others if self._held[path].parked]
        self._drop([*leaving, *parked[:max(len(parked) - self._retention.parked, 0)]])

    def _park(self, held: _Resident) -> bool:
        """Move a model to main memory; False where there is no point in it or no place."""
        memory = system_memory()
        fits = memory is None or memory.free > held.model.weights_bytes() * _ROOM
        if self._retention.parked < 1 or not self._apart or not fits:
            return False
        held.model.turns.rest()
        held.parked = True
        if held is self._chosen:
            self._chosen = None
        release_memory()
        return True

    def _drop(self, paths: Sequence[Path]) -> None:
        for path in paths:
            if self._held.pop(path) is self._chosen:
                self._chosen = None
        if paths:
            release_memory()

    def _change_vae(self, resident: _Resident, files: ModelFiles) -> None:
        from modules.engine.loading import load_autoencoder

        model = resident.model
        source = files.vae or files.checkpoint
        found = self._vaes.take(source, loading_device(model.placement)) or load_autoencoder(source, model.placement)
        before, old = model.files, model.autoencoder
        model.replace_autoencoder(files, found)
        self._vaes.put(before.vae or before.checkpoint, old)
        resident.vae = stamp_of(files.vae)
        del old
        release_memory()

    def _set_economy(self, economy: Economy | None) -> None:
        with self._lock:
            self._economy = economy
            for held in self._held.values():
                held.model.economy = economy or Economy()
                if not held.parked:
                    held.model.turns.back_to_usual()


def prepare_model_libraries() -> None:
    """Make diffusers and transformers importable, and keep them from fetching anything."""
    os.environ.setdefault("DIFFUSERS_DISABLE_REMOTE_CODE", "1")
    repair_torchvision()


@functools.cache
def _overlook_libraries() -> None:
    """Spare the garbage collector the libraries, which stay: with them it needs a quarter of a second per switch."""
    gc.collect()
    gc.freeze()
