"""Pictures to what networks take, and back."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def to_tensor(image: Image.Image) -> Tensor:
    """Turn an RGB picture into network input, its channels in the order blue, green, red.

    Networks were trained on red, green, blue; A1111 hands them the reverse, and pictures made with it show that.
    Shapes: [1,3,h,w]. Range: 0..1.
    """
    values = np.array(image)[:, :, ::-1].transpose(2, 0, 1)
    return torch.from_numpy(np.ascontiguousarray(values))[None].float().div_(255)


def to_image(pixels: Tensor) -> Image.Image:
    """Turn network output into an RGB picture; the inverse of :func:`to_tensor`."""
    levels = pixels[0].clamp(0, 1).mul(255).round().to(torch.uint8).numpy()
    return Image.fromarray(np.ascontiguousarray(levels.transpose(1, 2, 0)[:, :, ::-1]))
