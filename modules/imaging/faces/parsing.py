"""Telling face from background, hat and clothes, pixel by pixel.

Names of parts are those of the published file ``parsing_parsenet.pth``. Reference: arXiv 2009.08709 (PSFR-GAN).
"""

from __future__ import annotations

import itertools

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor, nn
from torch.nn import functional

from modules.imaging.faces.alignment import SIDE_PX

CLASSES = 19
NOT_FACE = (0, 14, 16, 17, 18)
"""Background, hat, necklace, neck and clothes."""
_WIDTHS = (64, 128, 256, 256, 256)
_DEPTH = 10
_BLUR_PX, _EDGE_PX = 11, 10


class ParseNet(nn.Module):
    """Names what each pixel of an aligned face shows. Shapes: [1,3,512,512], range -1..1 -> [1,19,512,512]."""

    def __init__(self) -> None:
        super().__init__()
        steps = list(itertools.pairwise(_WIDTHS))
        self.encoder = nn.Sequential(_Conv(3, _WIDTHS[0]), *(_Block(a, b, "down") for a, b in steps))
        self.body = nn.Sequential(*(_Block(_WIDTHS[-1], _WIDTHS[-1], "") for _ in range(_DEPTH)))
        self.decoder = nn.Sequential(*(_Block(b, a, "up") for a, b in reversed(steps)))
        self.out_img_conv = _Conv(_WIDTHS[0], 3)  # in the file; draws the face, which nobody looks at
        self.out_mask_conv = _Conv(_WIDTHS[0], CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = self.encoder(x)
        return self.out_mask_conv(self.decoder(x + self.body(x)))


class _Block(nn.Module):
    def __init__(self, given: int, made: int, change: str) -> None:
        super().__init__()
        self.shortcut_func = _Conv(given, made, change) if change or given != made else nn.Identity()
        self.conv1 = _Conv(given, made, "up" if change == "up" else "", norm=True, active=True)
        self.conv2 = _Conv(made, made, "down" if change == "down" else "", norm=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.shortcut_func(x) + self.conv2(self.conv1(x))


class _Conv(nn.Module):
    def __init__(self, given: int, made: int, change: str = "", *, norm: bool = False, active: bool = False) -> None:
        super().__init__()
        self._doubles, self._active = change == "up", active
        self.conv2d = nn.Conv2d(given, made, 3, 2 if change == "down" else 1, bias=not norm)
        self.norm = nn.ModuleDict({"norm": nn.BatchNorm2d(made)}) if norm else None

    def forward(self, x: Tensor) -> Tensor:
        if self._doubles:
            x = functional.interpolate(x, scale_factor=2, mode="nearest")
        x = self.conv2d(functional.pad(x, (1, 1, 1, 1), mode="reflect"))
        if self.norm is not None:
            x = self.norm["norm"](x)
        return functional.leaky_relu(x, 0.2) if self._active else x


@torch.inference_mode()
def face_mask(network: ParseNet, pixels: Tensor) -> Image.Image:
    """Make a soft mask of what belongs to the face. Shapes: pixels [1,3,512,512], range -1..1."""
    classes = network(pixels).argmax(1)[0].cpu().numpy()
    hard = Image.fromarray(np.where(np.isin(classes, NOT_FACE), 0, 255).astype(np.uint8))
    soft = hard.filter(ImageFilter.GaussianBlur(_BLUR_PX)).filter(ImageFilter.GaussianBlur(_BLUR_PX))
    mask = Image.new("L", (SIDE_PX, SIDE_PX), 0)
    inner = (_EDGE_PX, _EDGE_PX, SIDE_PX - _EDGE_PX, SIDE_PX - _EDGE_PX)
    mask.paste(soft.crop(inner), inner)
    return mask
