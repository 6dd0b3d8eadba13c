"""The random numbers of ``torch.randn`` on an NVIDIA card, made anywhere.

Reference: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (Philox4x32-10); the order of
counters and the Box-Muller step are CUDA's, for seed compatibility with A1111's "NV" source.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

ROUNDS = 10
MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
WEYL = (0x9E3779B9, 0xBB67AE85)
LOW = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)
TO_UNIT = float(np.float32(2.3283064e-10))
TO_ANGLE = float(np.float32(2.3283064e-10 * 6.2831855))


class PhiloxGenerator:
    """A counter-based generator; each call uses up one offset, whatever its size."""

    def __init__(self, seed: int) -> None:
        self._key = (seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF)
        self._offset = 0

    def randn(self, shape: Sequence[int]) -> Tensor:
        """Draw normal numbers, float32 on the CPU."""
        first, second = self._words(math.prod(shape))
        self._offset += 1
        u = first * TO_UNIT + TO_UNIT / 2
        v = second * TO_ANGLE + TO_ANGLE / 2
        values = np.sqrt(-2.0 * np.log(u)) * np.sin(v)
        return torch.from_numpy(values.astype(np.float32)).reshape(tuple(shape))

    def _words(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the first two of the four 32-bit words of every element's counter."""
        c0, c1 = np.full(count, self._offset, np.uint64), np.zeros(count, np.uint64)
        c2, c3 = np.arange(count, dtype=np.uint64), np.zeros(count, np.uint64)
        key0, key1 = self._key
        for _ in range(ROUNDS):
            product0, product1 = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]
            c0, c1, c2, c3 = ((product1 >> SHIFT) ^ c1 ^ np.uint64(key0), product1 & LOW,
                              (product0 >> SHIFT) ^ c3 ^ np.uint64(key1), product0 & LOW)
            key0, key1 = (key0 + WEYL[0]) & 0xFFFFFFFF, (key1 + WEYL[1]) & 0xFFFFFFFF
        return c0, c1
