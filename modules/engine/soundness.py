"""Noticing when a model's output is no picture."""

from __future__ import annotations

import torch

from modules.foundation.errors import InvalidPictureError


def is_finite(tensor: torch.Tensor) -> bool:
    """Whether every value is a number."""
    return bool(torch.isfinite(tensor).all())


def require_finite(tensor: torch.Tensor, producer: str) -> None:
    """Raise InvalidPictureError when ``producer`` made NaN or infinity."""
    if not is_finite(tensor):
        raise InvalidPictureError(
            f"The {producer} produced values that are not numbers, so there is no picture.",
            remedy="The model may be damaged or need more precision: try --no-half, or another checkpoint or VAE.")
