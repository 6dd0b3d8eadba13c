"""The one entry for a pipeline: these networks and no others, from now on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

import torch

from modules.adapters.beside import BesideHooks, can_compute_beside
from modules.adapters.delta_cache import DeltaCache
from modules.adapters.file_stamp import Stamp, stamp_of
from modules.adapters.hypernetwork_hooks import ActiveHypernetwork, HypernetworkHooks, move_hypernetwork
from modules.adapters.hypernetworks.files import read_hypernetwork
from modules.adapters.hypernetworks.structure import Hypernetwork
from modules.adapters.inversions.embedding import Embedding
from modules.adapters.lora.addresses import AddressBook
from modules.adapters.lora.network import LoraNetwork, load_lora
from modules.adapters.model import PatchableModel
from modules.adapters.tags import HypernetworkUse, LoraUse
from modules.adapters.weight_patches import Step, WeightPatches
from modules.foundation.errors import ModelFileError

DEFAULT_CACHE_BYTES = 512 * 2**20
Network = TypeVar("Network")


@dataclass(frozen=True)
class AppliedNetworks:
    """What came of a prompt's networks: what is to be said, and the embeddings LoRA files brought along."""

    comments: tuple[str, ...] = ()
    embeddings: tuple[Embedding, ...] = ()
    files: frozenset[Path] = frozenset()
    """The LoRA files that act."""


class NetworkPatcher:
    """Applies networks to one model; make a new one for a new model.

    Nobody else may change the model's weights, and nobody may compute with it meanwhile.
    ``cache_bytes`` is how much may be spent on making a change of weights quick. It is spent on the CPU only:
    accelerators multiply faster than their memory is worth.
    """

    def __init__(self, model: PatchableModel, cache_bytes: int = DEFAULT_CACHE_BYTES) -> None:
        self._model = model
        device = model.placement.device
        self._cache = DeltaCache(cache_bytes if device.type == "cpu" else 0)
        self._weights = WeightPatches(device, self._cache)
        self._beside = BesideHooks(device)
        self._hooks = HypernetworkHooks(model.unet)
        self._loras = _Loaded(self._load_lora)
        self._hypernetworks = _Loaded(self._load_hypernetwork)
        self._request: object = None
        self._result = AppliedNetworks()

    def apply(self, loras: Sequence[LoraUse], hypernetworks: Sequence[HypernetworkUse] = (), *,
              functional: bool = False) -> AppliedNetworks:
        """Let these networks act, in this order, and no others; without any the model is itself, bit by bit.

        A file that cannot be used is left out, and a comment says why. ``functional`` computes plain LoRA
        beside the layers instead of in their weights.
        """
        uses: list[LoraUse | HypernetworkUse] = [*loras, *hypernetworks]
        request = [(use, stamp_of(use.file)) for use in uses], functional
        if request != self._request:
            self._request = None  # unknown, until all is done
            with torch.inference_mode(False), torch.no_grad():
                self._result = self._apply(loras, hypernetworks, functional)
            self._request = request
        return self._result

    def _apply(self, loras: Sequence[LoraUse], hypernetworks: Sequence[HypernetworkUse], functional: bool
               ) -> AppliedNetworks:
        comments: dict[str, None] = {}
        found = self._loras.get([(use.file, f"LoRA {use.name}") for use in loras], comments)
        acting = self._hypernetworks.get([(use.file, f"hypernetwork {use.name}") for use in hypernetworks], comments)
        self._cache.keep_only([stamp for _, stamp in found.values()])
        steps = [step for use in loras if use.file in found for step in _steps(use, *found[use.file])]
        self._beside.apply(_by_layer(step for step in steps if functional and can_compute_beside(step)))
        self._weights.apply(_by_layer(step for step in steps if not (functional and can_compute_beside(step))))
        comments.update({f"The hypernetwork {use.name} does nothing here: it is made for contexts of width "
                         f"{', '.join(map(str, acting[use.file][0].networks))}, and this model has none.": None
                         for use in hypernetworks
                         if use.file in acting and not self._hooks.widths & set(acting[use.file][0].networks)})
        self._hooks.apply([ActiveHypernetwork(acting[use.file][0], use.strength)
                           for use in hypernetworks if use.file in acting])
        embeddings = self._bundled(found.values(), comments)
        return AppliedNetworks(tuple(comments), embeddings, frozenset(found))

    @cached_property
    def _book(self) -> AddressBook:
        return AddressBook(self._model)

    def _load_lora(self, path: Path) -> LoraNetwork:
        return load_lora(path, self._book, self._model.description.title)

    def _load_hypernetwork(self, path: Path) -> Hypernetwork:
        placement = self._model.placement
        return move_hypernetwork(read_hypernetwork(path, path.stem), placement.device, placement.unet_dtype)

    def _bundled(self, networks: Iterable[tuple[LoraNetwork, Stamp]], comments: dict[str, None]
                 ) -> tuple[Embedding, ...]:
        widths = {tower.recipe.name: tower.width for tower in self._model.description.text}
        every = [embedding for network, _ in networks for embedding in network.bundled]
        comments.update({f"The embedding {embedding.name} inside a LoRA was not used: it was made for text encoders "
                         f"{embedding.width} wide, and this model's are {sum(widths.values())}.": None
                         for embedding in every if not embedding.fits(widths)})
        return tuple(embedding for embedding in every if embedding.fits(widths))


class _Loaded(Generic[Network]):
    """Files in use, read once for as long as they stay the same and stay in use."""

    def __init__(self, load: Callable[[Path], Network]) -> None:
        self._load = load
        self._known: dict[Path, tuple[Network | ModelFileError, Stamp]] = {}

    def get(self, wanted: Sequence[tuple[Path, str]], comments: dict[str, None]) -> dict[Path, tuple[Network, Stamp]]:
        """Give what these files hold; those that cannot be used are left out, with a comment under their title.

        Files stay in memory until others take their place, so that switching them on again is quick.
        """
        kept: dict[Path, tuple[Network | ModelFileError, Stamp]] = {}
        usable: dict[Path, tuple[Network, Stamp]] = {}
        for path, title in wanted:
            stamp = stamp_of(path)
            known = self._known.get(path)
            content, _ = kept[path] = known if known and known[1] == stamp else (self._try(path), stamp)
            if isinstance(content, ModelFileError):
                comments[f"The {title} was not used. {content}"] = None
            else:
                usable[path] = content, stamp
        self._known = kept or self._known
        return usable

    def _try(self, path: Path) -> Network | ModelFileError:
        try:
            return self._load(path)
        except ModelFileError as error:
            return error


def _steps(use: LoraUse, network: LoraNetwork, stamp: Stamp) -> Iterator[Step]:
    for layer, change in network.changes.values():
        multiplier = use.te if layer.in_text_encoder else use.unet
        if multiplier:
            yield Step(stamp, layer, change, multiplier, use.dyn)


def _by_layer(steps: Iterable[Step]) -> dict[str, list[Step]]:
    plan: dict[str, list[Step]] = {}
    for step in steps:
        plan.setdefault(step.layer.path, []).append(step)
    return plan
