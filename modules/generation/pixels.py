"""Between pictures and the numbers that a VAE reads and writes."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image


def to_unit(pixels: torch.Tensor) -> torch.Tensor:
    """Bring what a VAE gave into the range of a picture. Range: about -1 to 1 -> 0 to 1, clamped."""
    return ((pixels.float() + 1.0) / 2.0).clamp(0.0, 1.0)


def to_image(pixels: torch.Tensor) -> Image.Image:
    """Turn one decoded picture into 8 bits. Shapes: ``[3, H, W]``. Range: -1 to 1, clamped."""
    return from_unit(to_unit(pixels))


def from_unit(unit: torch.Tensor) -> Image.Image:
    """Turn one picture into 8 bits, cutting off fractions as A1111 does. Shapes: ``[3, H, W]``. Range: 0 to 1."""
    return Image.fromarray((unit * 255.0).to(torch.uint8).permute(1, 2, 0).cpu().numpy())


def to_tensor(image: Image.Image) -> torch.Tensor:
    """Turn a picture into what a VAE encodes.

    Shapes: ``[1, 3, H, W]``. Range: -1 to 1.
    """
    unit = torch.from_numpy(np.asarray(image.convert("RGB"), dtype=np.float32) / 255.0)
    return (unit.permute(2, 0, 1)[None] * 2.0 - 1.0).contiguous()
