"""How many models stay in memory after another has taken their place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Retention:
    """``resident`` models at most where they compute, ``parked`` more in main memory, ``vaes`` beside them.

    Whatever memory there is comes first: what does not fit beside a new model goes, the longest unused before others.
    """

    resident: int = 1
    parked: int = 0
    vaes: int = 0
