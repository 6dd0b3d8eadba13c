"""Seeds: a random one where none was asked for, and the one of each picture."""

from __future__ import annotations

import secrets

RANDOM_SEEDS = 4294967294
"""Random seeds are below this, as in A1111."""


def fix_seed(seed: int | None) -> int:
    """Return ``seed``, or a random one for None and -1."""
    return secrets.randbelow(RANDOM_SEEDS) if seed is None or seed == -1 else seed


def spread_seeds(seed: int, count: int, *, together: bool) -> list[int]:
    """Return the seeds of ``count`` pictures: one more for each, or (``together``, for variations) all the same."""
    return [seed] * count if together else [seed + index for index in range(count)]
