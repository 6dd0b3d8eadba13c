"""What one file does to one layer: the formula of its kind, and everything that all kinds have in common.

Reference: A1111 v1.10.1, built-in Lora extension: the order of scaling, decomposition and rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from modules.adapters.lora.kinds import Factors, Kind, recognise_kind
from modules.foundation.errors import ModelFileError

_INPAINTING_CHANNELS = 9
_UP, _DOWN, _MID = "lora_up.weight", "lora_down.weight", "lora_mid.weight"


@dataclass(frozen=True)
class LayerChange:
    """The change of one layer, without the weight it is applied with."""

    kind: Kind
    factors: Factors

    @property
    def scale(self) -> float:
        """What the file says its factors are to be multiplied by."""
        if self.kind.title == "OFT":
            return 1.0  # alpha is something else there
        if "scale" in self.factors:
            return float(self.factors["scale"])
        rank = self.kind.rank(self.factors)
        return float(self.factors["alpha"]) / rank if "alpha" in self.factors and rank else 1.0

    @property
    def uses_weight(self) -> bool:
        """Whether the change depends on the weight it is added to."""
        return self.kind.uses_weight or "dora_scale" in self.factors

    def work_dtype(self, layer: torch.dtype) -> torch.dtype:
        """Give the number format to compute and to add in, for a layer of the given one.

        It is the one A1111 computes in, because pictures show the difference. Layers in bfloat16, which
        A1111 has not, are computed in 32 bits.
        """
        if layer == torch.bfloat16:
            return torch.float32
        if not self.kind.in_file_format:
            return layer
        return next(factor.dtype for factor in self.factors.values() if factor.ndim)

    @property
    def low_rank_pair(self) -> tuple[Tensor, Tensor] | None:
        """The two matrices, for changes that are nothing but their product."""
        more = self.uses_weight or _MID in self.factors or "bias" in self.factors
        return (self.factors[_DOWN], self.factors[_UP]) if self.kind.title == "LoRA" and not more else None

    def limited_to(self, rank: int | None) -> LayerChange:
        """Keep the first ranks only; a change that is no plain low-rank product stays as it is."""
        if rank is None or self.kind.title != "LoRA" or _MID in self.factors:
            return self
        scale = torch.tensor(self.scale)  # of the whole, whatever is left of it
        return LayerChange(self.kind, {**self.factors, "scale": scale, _UP: self.factors[_UP][:, :rank],
                                       _DOWN: self.factors[_DOWN][:rank]})

    def moved_to(self, device: torch.device | str, dtype: torch.dtype) -> LayerChange:
        """Bring the factors to where they are multiplied; single numbers stay."""
        return LayerChange(self.kind, {name: factor.to(device, dtype) if factor.ndim else factor
                                       for name, factor in self.factors.items()})

    def weight_change(self, weight: Tensor) -> Tensor:
        """Compute what is added to ``weight``, but for the multiplier.

        The factors must be where the weight is. Raises: ValueError where the shapes do not fit.
        """
        delta = self.kind.change(self.factors, weight)
        if "bias" in self.factors:
            delta = delta.reshape(self.factors["bias"].shape) + self.factors["bias"]
        delta = _fit(delta, weight) * self.scale
        return _decompose(delta, weight, self.factors["dora_scale"]) if "dora_scale" in self.factors else delta

    def fits(self, weight: Tensor) -> bool:
        """Whether the shapes allow the change, found out without computing it."""
        try:
            self.moved_to("meta", torch.float32).weight_change(weight.to("meta", torch.float32))
        except (ValueError, RuntimeError, IndexError, TypeError):
            return False
        return True

    def bias_change(self) -> Tensor | None:
        """Give what is added to the layer's bias, but for the multiplier."""
        return self.factors.get("diff_b" if self.kind.title == "full" else "b_norm")


def recognise_change(factors: Factors) -> LayerChange:
    """Read the factors of one layer. Raises: ModelFileError for a combination of no known kind."""
    kind = recognise_kind(factors)
    if kind is None:
        raise ModelFileError(f"Its weights are of no known kind ({', '.join(sorted(factors))[:100]}).",
                             remedy="It may have been made for another program.")
    return LayerChange(kind, factors)


def _fit(delta: Tensor, weight: Tensor) -> Tensor:
    """Give a change the weight's shape; one made for 4 channels leaves an inpainting model's other 5 alone."""
    if len(delta) == len(weight) and delta.numel() == weight.numel():
        return delta.reshape(weight.shape)
    from_four = weight.ndim == 4 and weight.shape[1] == _INPAINTING_CHANNELS and len(delta) == len(weight)
    if from_four and delta.numel() == weight[:, :4].numel():
        delta = delta.reshape(weight[:, :4].shape)
        return torch.nn.functional.pad(delta, (0, 0, 0, 0, 0, _INPAINTING_CHANNELS - 4))
    raise ValueError(f"a change of {list(delta.shape)} for a weight of {list(weight.shape)}")


def _decompose(delta: Tensor, weight: Tensor, magnitude: Tensor) -> Tensor:
    """DoRA: keep the changed weight's direction and give it the length that was learned.

    Lengths are those of the columns, one per input; files that hold one per output mean the rows.
    """
    changed = weight + delta
    per_output = magnitude.numel() == len(weight) and (magnitude.ndim == 1 or magnitude.shape[0] != 1)
    axes = [axis for axis in range(weight.ndim) if axis != (0 if per_output else 1)]
    length = torch.linalg.vector_norm(changed, dim=axes, keepdim=True)
    sides = [-1 if axis not in axes else 1 for axis in range(weight.ndim)]
    return changed * (magnitude.reshape(sides) / length) - weight
