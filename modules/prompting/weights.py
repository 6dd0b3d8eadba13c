"""Numbers people type as weights, kept finite and in a range a model survives."""

from __future__ import annotations

import math

from modules.prompting.remarks import Report

LARGEST_WEIGHT = 10.0


def limit_weight(weight: float, report: Report) -> float:
    """Clamp a weight to ±10 and say so. Range: finite in, finite out; infinity becomes the limit, NaN 0."""
    if math.isnan(weight):
        return 0.0
    if abs(weight) <= LARGEST_WEIGHT:
        return weight
    report(f"The weight {weight:.4g} was limited to {math.copysign(LARGEST_WEIGHT, weight):g}.")
    return math.copysign(LARGEST_WEIGHT, weight)
