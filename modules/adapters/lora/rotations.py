"""OFT and BOFT: the outputs of a weight, rotated in blocks.

Reference: OFT arXiv:2306.07280, BOFT arXiv:2311.06243; A1111 v1.10.1 for the limit on the angle.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

_AVOID_ZERO = 1e-8


def rotate(factors: Mapping[str, Tensor], weight: Tensor) -> Tensor:
    """Give what rotating ``weight`` adds to it.

    ``oft_diag`` holds rotations, ``oft_blocks`` what they are made from: with four axes, one set of blocks for
    each stage of a butterfly. ``alpha`` limits the angle and scales nothing.
    """
    outputs = weight.float()
    if "oft_diag" in factors:
        rotated = _rotate_blocks(factors["oft_diag"].float(), outputs)
    else:
        rotations = _cayley(factors["oft_blocks"].float(), _limit(factors, len(weight)))
        rotated = _rotate_stages(rotations, outputs) if rotations.ndim == 4 else _rotate_blocks(rotations, outputs)
    if "rescale" in factors:
        rotated = rotated * factors["rescale"].float().reshape(-1, *[1] * (weight.ndim - 1))
    return (rotated - outputs).to(weight.dtype)


def _limit(factors: Mapping[str, Tensor], outputs: int) -> Tensor | None:
    return factors["alpha"].float() * outputs if "alpha" in factors else None


def _cayley(blocks: Tensor, limit: Tensor | None) -> Tensor:
    """Turn each block into a rotation. Shapes: ``[…, n, n]``."""
    skew = blocks - blocks.mT
    if limit is not None:
        norm = skew.norm()
        limited = torch.where(limit == 0, norm, norm.minimum(limit))
        skew = skew * ((limited + _AVOID_ZERO) / (norm + _AVOID_ZERO))
    identity = torch.eye(skew.shape[-1], device=skew.device)
    return (identity + skew) @ torch.linalg.inv(identity - skew)


def _rotate_blocks(rotations: Tensor, weight: Tensor) -> Tensor:
    """Shapes: rotations ``[blocks, n, n]``, weight ``[blocks · n, …]``."""
    blocks = weight.reshape(*rotations.shape[:2], -1)
    return (rotations.mT @ blocks).reshape(weight.shape)


def _rotate_stages(rotations: Tensor, weight: Tensor) -> Tensor:
    """Rotate neighbours, then outputs further and further apart. Shapes: rotations ``[stages, blocks, n, n]``."""
    size = rotations.shape[-1]
    flat = weight.flatten(1)
    for stage, blocks in enumerate(rotations):
        distance = 2 ** stage * (size // 2)
        paired = flat.unflatten(0, (-1, 2, distance)).transpose(1, 2)  # what a stage mixes, brought side by side
        mixed = (blocks @ paired.reshape(*blocks.shape[:2], -1)).reshape(paired.shape)
        flat = mixed.transpose(1, 2).reshape(flat.shape)
    return flat.reshape(weight.shape)
