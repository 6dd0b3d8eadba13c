"""What each tensor of a merged checkpoint is.

Shapes and number formats of the result are found by doing the same arithmetic on tensors without numbers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex
import torch

from modules.foundation.errors import InvalidRequestError, ModelFileError
from modules.training.merging.request import ADD_DIFFERENCE
from modules.weights.streaming import HollowSource, TensorFacts, TensorSource

POSITIONS = "cond_stage_model.transformer.text_model.embeddings.position_ids"
"""Whole numbers that only count, and must not be mixed."""
VAE_PREFIX = "first_stage_model."
NORMAL_CHANNELS = 4
SUFFIXES = {9: ".inpainting", 8: ".instruct-pix2pix"}
"""How models that see more than the picture are named, by their channels."""
MATCHING_S = 2.0
"""How long a pattern may take over all names."""


@dataclass(frozen=True)
class Recipe:
    """How tensors are mixed. ``method`` says what ``multiplier`` means."""

    method: str
    multiplier: float
    half: bool = False
    discard: regex.Pattern[str] | None = None


class Mixture:
    """The tensors of a merged checkpoint, made when they are asked for. ``models``: A and, where used, B and C."""

    def __init__(self, recipe: Recipe, models: Sequence[TensorSource], vae: TensorSource | None = None) -> None:
        self._recipe, self._models, self._vae = recipe, models, vae
        self._baked = _baked_names(models[0], vae) if vae else {}

    def describe(self) -> dict[str, TensorFacts]:
        """Tell names, shapes and number formats without reading a number.

        Raises: ModelFileError where the models do not fit; InvalidRequestError for a pattern that takes too long.
        """
        if len(self._models) > 1 and not any(map(self._is_mixed, self._models[0].facts)):
            raise ModelFileError("A and B have no weights in common.",
                                 remedy="Choose models of one family, both in the original file layout.")
        hollow = [HollowSource(model.facts, model.metadata) for model in self._models]
        vae = HollowSource(self._vae.facts, self._vae.metadata) if self._vae else None
        sketch = Mixture(self._recipe, hollow, vae)
        return {name: TensorFacts.of(sketch.make(name)) for name in self._kept_names()}

    def suffix(self) -> str:
        """Tell by a suffix what kind of model comes out; after ``describe``, which sees that they fit."""
        shapes = ((self._models[0].facts[name].shape, self._models[1].facts[name].shape)
                  for name in self._models[0].facts if self._is_mixed(name))
        return next((SUFFIXES.get(ours[1], "") for ours, theirs in shapes if ours != theirs), "")

    def make(self, name: str) -> torch.Tensor:
        """Compute one tensor. Raises: ModelFileError."""
        if name in self._baked:
            assert self._vae is not None
            return self._finish(self._vae.read(self._baked[name]))
        ours = self._models[0].read(name)
        if self._is_mixed(name):
            return self._finish(_combine(name, ours, self._second(name), self._recipe))
        return ours if len(self._models) > 1 else self._finish(ours)

    def _is_mixed(self, name: str) -> bool:
        return len(self._models) > 1 and "model" in name and name in self._models[1].facts and name != POSITIONS

    def _second(self, name: str) -> torch.Tensor:
        """Read from B or, where a difference is added, what B has and C has not."""
        theirs = _wide(self._models[1].read(name))
        if self._recipe.method != ADD_DIFFERENCE:
            return theirs
        if name not in self._models[2].facts:
            return torch.zeros_like(theirs)
        origin = _wide(self._models[2].read(name))
        if theirs.shape != origin.shape:
            raise _misfit(name, theirs, origin, "B and C")
        return theirs - origin

    def _finish(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.half() if self._recipe.half and tensor.dtype == torch.float32 else tensor

    def _kept_names(self) -> Iterator[str]:
        pattern, deadline = self._recipe.discard, time.monotonic() + MATCHING_S
        for name in self._models[0].facts:
            try:
                if pattern is None or not pattern.search(name, timeout=max(deadline - time.monotonic(), 1e-3)):
                    yield name
            except TimeoutError as error:
                raise InvalidRequestError(
                    "discard_weights", "The pattern of weights to discard takes too long to search for.",
                    remedy="Write it without repetitions inside repetitions.") from error


def _baked_names(model: TensorSource, vae: TensorSource) -> dict[str, str]:
    """List what the VAE replaces: its own names by those in the checkpoint. Raises: ModelFileError."""
    names = {VAE_PREFIX + name: name for name in vae.facts if VAE_PREFIX + name in model.facts}
    if not names:
        raise ModelFileError("The VAE and the checkpoint have nothing in common, so it cannot be baked in.",
                             remedy="Choose a VAE in the original file layout, and a checkpoint with a VAE of its own.")
    for ours, theirs in names.items():
        if model.facts[ours].shape != vae.facts[theirs].shape:
            raise ModelFileError(f"The VAE does not fit: {ours} is {model.facts[ours].shape} in the checkpoint and "
                                 f"{vae.facts[theirs].shape} in the VAE.", remedy="Choose another VAE.")
    return names


def _combine(name: str, ours: torch.Tensor, theirs: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Mix two tensors. Where A sees more than the picture, what it sees of the picture is mixed."""
    if ours.shape == theirs.shape:
        return _blend(_wide(ours), theirs, recipe)
    seen = _picture_channels(name, ours, theirs)
    result = ours.clone()
    result[:, :seen] = _blend(_wide(ours[:, :seen]), theirs, recipe).to(result.dtype)
    return result


def _blend(ours: torch.Tensor, theirs: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    if recipe.method == ADD_DIFFERENCE:
        return ours + recipe.multiplier * theirs
    return (1 - recipe.multiplier) * ours + recipe.multiplier * theirs


def _picture_channels(name: str, ours: torch.Tensor, theirs: torch.Tensor) -> int:
    """Tell how many channels both have. Raises: ModelFileError with A1111's words where A is the smaller one."""
    alike = ours.ndim == theirs.ndim > 1 and ours.shape[:1] + ours.shape[2:] == theirs.shape[:1] + theirs.shape[2:]
    channels = (ours.shape[1], theirs.shape[1]) if alike else (0, 0)
    if channels == (NORMAL_CHANNELS, 9):
        raise ModelFileError("When merging inpainting model with a normal one, A must be the inpainting model.",
                             remedy="Swap A and B.")
    if channels == (NORMAL_CHANNELS, 8):
        raise ModelFileError("When merging instruct-pix2pix model with a normal one, A must be the instruct-pix2pix "
                             "model.", remedy="Swap A and B.")
    if channels[0] not in SUFFIXES or channels[1] != NORMAL_CHANNELS:
        raise _misfit(name, ours, theirs, "A and B")
    return NORMAL_CHANNELS


def _misfit(name: str, first: torch.Tensor, second: torch.Tensor, which: str) -> ModelFileError:
    return ModelFileError(f"Bad dimensions for merged layer {name}: {tuple(first.shape)} and {tuple(second.shape)} in "
                          f"{which}.", remedy="Only models of one family can be merged, such as SD 1.5 with SD 1.5.")


def _wide(tensor: torch.Tensor) -> torch.Tensor:
    """Give numbers of 8 bits, which nothing can be computed with, 16."""
    return tensor.half() if tensor.is_floating_point() and tensor.dtype.itemsize == 1 else tensor
