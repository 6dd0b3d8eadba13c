"""Giving values the distribution of other values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Distribution:
    """The distinct values of a set, ascending, and which share of the set lies at or below each."""

    values: np.ndarray
    quantiles: np.ndarray


def distribution_of(values: np.ndarray) -> Distribution:
    """Count a set that has at least one value."""
    distinct, counts = np.unique(values, return_counts=True)
    return Distribution(distinct, np.cumsum(counts) / values.size)


def match_distribution(values: np.ndarray, target: Distribution) -> np.ndarray:
    """Map values monotonically so that they are distributed like the target. Returns float64."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    quantiles = np.cumsum(counts) / values.size
    return np.interp(quantiles, target.quantiles, target.values)[places].reshape(values.shape)
