"""What each latent channel adds to red, green and blue: a picture from one matrix product."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

PREVIEW_METADATA = "webui.latent_preview"
"""Header key of a checkpoint that was trained with a VAE of its own: JSON, one [r, g, b] per channel, then the bias."""


@dataclass(frozen=True)
class LatentPreview:
    """Factors for latents in the U-Net's scale; the sum lies about between -1 and 1."""

    rgb: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...] = (0.0, 0.0, 0.0)


SD1_PREVIEW = LatentPreview(
    ((0.298, 0.207, 0.208), (0.187, 0.286, 0.173), (-0.158, 0.189, 0.264), (-0.184, -0.271, -0.473)))
SDXL_PREVIEW = LatentPreview(
    ((0.3448, 0.4168, 0.4395), (-0.1953, -0.0290, 0.0250), (0.1074, 0.0886, -0.0163), (-0.3730, -0.2499, -0.2088)))
"""Reference: A1111 v1.10.1 "Approx cheap"."""


def preview_in_metadata(metadata: Mapping[str, str], channels: int) -> LatentPreview | None:
    """Read the factors a checkpoint brings along; None where there are none, or none that can be used."""
    try:
        rows = json.loads(metadata.get(PREVIEW_METADATA, "null"))
        table = tuple(tuple(float(value) for value in row) for row in rows or ())
    except (TypeError, ValueError, RecursionError):
        return None
    fits = len(table) == channels + 1 and all(len(row) == 3 and all(map(math.isfinite, row)) for row in table)
    return LatentPreview(table[:-1], table[-1]) if fits else None
