"""The formulas by which a file's factors become a change of a layer's weight, one function each.

Every function takes the factors of one layer and the weight as it is, and gives the change before scaling,
with the weight's number of outputs and as many values. Which applies is decided by the names of the factors,
in the order of ``KINDS``.

Reference: LoRA arXiv:2106.09685, LyCORIS arXiv:2309.14859, GLoRA arXiv:2306.07967, OFT arXiv:2306.07280;
A1111 v1.10.1's built-in Lora extension for what files mean by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.adapters.lora.rotations import rotate

Factors = Mapping[str, Tensor]
"""The tensors a file holds for one layer, by the part of their names after the layer's."""


@dataclass(frozen=True)
class Kind:
    """One way of writing down a change."""

    title: str
    needs: tuple[tuple[str, ...], ...]
    """Sets of factors, one of which must be complete."""
    change: Callable[[Factors, Tensor], Tensor]
    rank: Callable[[Factors], int | None] = lambda factors: None
    """What alpha is divided by; None where there is no such number, and alpha means nothing."""
    uses_weight: bool = False
    """Whether the change depends on the weight that it is added to."""
    in_file_format: bool = False
    """Whether A1111 computes it, up to the sum with the weight, in the number format of the file."""

    def matches(self, factors: Factors) -> bool:
        return any(all(name in factors for name in names) for names in self.needs)


def low_rank(factors: Factors, weight: Tensor) -> Tensor:
    """LoRA: up times down; with a middle part, a convolution in Tucker form."""
    up, down = factors["lora_up.weight"], factors["lora_down.weight"]
    if "lora_mid.weight" in factors:
        return torch.einsum("nmkl,in,mj->ijkl", factors["lora_mid.weight"], up.flatten(1), down.flatten(1))
    return up.flatten(1) @ down.flatten(1)


def hadamard(factors: Factors, weight: Tensor) -> Tensor:
    """LoHa: two low-rank products, multiplied value by value."""
    first, second = (_product_or_tucker(factors, f"hada_t{n}", f"hada_w{n}_a", f"hada_w{n}_b") for n in "12")
    return first * second


def input_or_output_scaling(factors: Factors, weight: Tensor) -> Tensor:
    """IA3: every output, or every input, of the weight by its factor."""
    axis = 1 if bool(factors["on_input"]) else 0
    sides = [-1 if side == axis else 1 for side in range(weight.ndim)]
    return weight * factors["weight"].reshape(sides)


def kronecker(factors: Factors, weight: Tensor) -> Tensor:
    """LoKr: the Kronecker product of two matrices, either of which may be a low-rank product."""
    first = factors["lokr_w1"] if "lokr_w1" in factors else factors["lokr_w1_a"] @ factors["lokr_w1_b"]
    second = (factors["lokr_w2"] if "lokr_w2" in factors
              else _product_or_tucker(factors, "lokr_t2", "lokr_w2_a", "lokr_w2_b"))
    first = first.reshape(*first.shape, *[1] * (second.ndim - first.ndim))
    return torch.kron(first, second.contiguous())


def difference(factors: Factors, weight: Tensor) -> Tensor:
    """The change itself."""
    return factors["diff"]


def norm_difference(factors: Factors, weight: Tensor) -> Tensor:
    """The change of a normalisation's scale."""
    return factors["w_norm"]


def generalised_low_rank(factors: Factors, weight: Tensor) -> Tensor:
    """GLoRA: a low-rank product, and another one that the weight is multiplied by.

    Which of a pair comes first was swapped between versions of LyCORIS; the number of outputs tells.
    """
    a1, a2, b1, b2 = (factors[f"{name}.weight"].flatten(1) for name in ("a1", "a2", "b1", "b2"))
    if len(b2) != len(weight):
        a1, a2, b1, b2 = a2, a1, b2, b1
    inputs = torch.einsum("oi...,ij->oj...", weight, a2 @ a1)
    return inputs + (b2 @ b1).reshape(weight.shape)


def _product_or_tucker(factors: Factors, core: str, left: str, right: str) -> Tensor:
    if core in factors:
        return torch.einsum("ijkl,jr,ip->prkl", factors[core], factors[right], factors[left])
    return factors[left] @ factors[right].flatten(1)


def _rows(*names: str) -> Callable[[Factors], int | None]:
    """Give the first of these factors' number of rows."""
    return lambda factors: next((len(factors[name]) for name in names if name in factors), None)


KINDS: tuple[Kind, ...] = (
    Kind("LoRA", (("lora_up.weight", "lora_down.weight"),), low_rank, _rows("lora_down.weight")),
    Kind("LoHa", (("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"),), hadamard, _rows("hada_w1_b"),
         in_file_format=True),
    Kind("IA3", (("weight", "on_input"),), input_or_output_scaling, uses_weight=True),
    Kind("LoKr", (("lokr_w1", "lokr_w2"), ("lokr_w1_a", "lokr_w1_b", "lokr_w2"), ("lokr_w1", "lokr_w2_a", "lokr_w2_b"),
                  ("lokr_w1_a", "lokr_w1_b", "lokr_w2_a", "lokr_w2_b")), kronecker, _rows("lokr_w2_b", "lokr_w1_b"),
         in_file_format=True),
    Kind("full", (("diff",),), difference, in_file_format=True),
    Kind("norm", (("w_norm",),), norm_difference, in_file_format=True),
    Kind("GLoRA", (("a1.weight", "a2.weight", "b1.weight", "b2.weight"),), generalised_low_rank, uses_weight=True),
    Kind("OFT", (("oft_blocks",), ("oft_diag",)), rotate, uses_weight=True),
)


def recognise_kind(factors: Factors) -> Kind | None:
    """Find the kind whose factors these are."""
    return next((kind for kind in KINDS if kind.matches(factors)), None)
