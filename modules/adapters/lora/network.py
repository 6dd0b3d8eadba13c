"""A LoRA file in memory, and what becomes of it for one model."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from modules.adapters.inversions.embedding import Embedding, recognise_embedding
from modules.adapters.lora.addresses import AddressBook
from modules.adapters.lora.change import LayerChange, recognise_change
from modules.adapters.lora.keys import split_key
from modules.adapters.lora.purpose import guess_purpose
from modules.adapters.model import Layer
from modules.foundation.errors import ModelFileError
from modules.weights.reading import read_weights

_BUNDLE = "bundle_emb."
_SINGLE_NUMBERS = ("alpha", "scale", "on_input")
_COMPUTED = (torch.float32, torch.float16, torch.bfloat16)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoraNetwork:
    """The layers a file changes in one model, and the embeddings that came with it."""

    changes: Mapping[str, tuple[Layer, LayerChange]]
    """By the layer's path."""
    bundled: tuple[Embedding, ...]


def load_lora(path: Path, book: AddressBook, model_title: str) -> LoraNetwork:
    """Read a file and find the layers it is for.

    Raises: ModelFileError for files that are damaged, of no known kind, or made for another model.
    """
    state = read_weights(path)
    fitting = _Fitting(guess_purpose(state.shapes, state.metadata), model_title)
    bundled = tuple(_read_bundled(state.tensors))
    changes: dict[str, tuple[Layer, LayerChange]] = {}
    groups = _group(state.tensors)
    for name, factors in groups.items():
        layer = book.find(name)
        if layer is None:
            _log.debug("%s: nothing in the model is called %s", path.name, name)
            continue
        change = recognise_change(factors)
        fitting.require(name, layer, change)
        changes[layer.path] = layer, change
    if not changes and not bundled:
        raise fitting.error(f"none of its {len(groups)} layers is in the model")
    return LoraNetwork(changes, bundled)


class _Fitting:
    """Tries changes on layers, each combination of shapes once."""

    def __init__(self, purpose: str, model_title: str) -> None:
        self._purpose = purpose
        self._model_title = model_title
        self._seen: set[object] = set()

    def require(self, name: str, layer: Layer, change: LayerChange) -> None:
        """Raises: ModelFileError where a change does not fit, or holds what is no number."""
        if not all(bool(torch.isfinite(factor).all()) for factor in change.factors.values()):
            raise ModelFileError(f"It holds values that are not numbers (in {name}).", remedy="Download it again.")
        weight, bias, bias_change = layer.numbers("weight"), layer.numbers("bias"), change.bias_change()
        assert weight is not None
        if bias_change is not None and (bias is None or bias_change.numel() != bias.numel()):
            raise self.error(f"it changes a bias of {name} that is not there")
        shapes = weight.shape, tuple((key, factor.shape) for key, factor in change.factors.items())
        if shapes not in self._seen and not change.fits(weight):
            raise self.error(f"what it holds for {name} does not fit a weight of {list(weight.shape)}")
        self._seen.add(shapes)

    def error(self, reason: str) -> ModelFileError:
        return ModelFileError(f"It was made for {self._purpose}, and the model is {self._model_title}: {reason}.",
                              remedy="Use it with a model of its own kind.")


def _group(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Sort factors by the layer they belong to."""
    groups: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        key = None if name.startswith(_BUNDLE) else split_key(name)
        if key is not None:
            single = key.factor in _SINGLE_NUMBERS and tensor.numel() == 1
            factor = _copy(tensor)
            groups.setdefault(key.layer, {})[key.factor] = factor.reshape(()) if single else factor
    return groups


def _copy(factor: Tensor) -> Tensor:
    """Copy out of the file, which may change; number formats that nothing computes in become float32."""
    unusual = factor.is_floating_point() and factor.dtype not in _COMPUTED
    return factor.to(torch.float32 if unusual else factor.dtype, copy=True)


def _read_bundled(tensors: Mapping[str, Tensor]) -> Iterable[Embedding]:
    """Read ``bundle_emb.NAME.string_to_param.*`` and ``bundle_emb.NAME.clip_l``."""
    bundles: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        if key.startswith(_BUNDLE):
            name, _, part = key.removeprefix(_BUNDLE).partition(".")
            bundles.setdefault(name, {})[part] = tensor
    return (recognise_embedding(parts, name) for name, parts in bundles.items())
