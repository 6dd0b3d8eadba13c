"""Turning a face upright into a square, and laying the square back over the picture.

Reference: the FFHQ template for 512 x 512 that CodeFormer and GFPGAN were trained with.
"""

from __future__ import annotations

import functools
import math

import numpy as np
from PIL import Image, ImageFilter

from modules.foundation.box import Box
from modules.imaging.faces.face import Face

SIDE_PX = 512
TEMPLATE = np.array([[192.98138, 239.94708], [318.90277, 240.1936], [256.63416, 314.01935],
                     [201.26117, 371.41043], [313.08905, 371.15118]])
_OUTSIDE = (132, 133, 135)
"""The colour the networks were shown beyond a picture's border."""
_MARGIN_PX, _FEATHER_PX = 33, 8


def alignment_of(face: Face) -> np.ndarray:
    """Find the turn, scale and shift that bring a face closest to the template. Shapes: [2,3], pixel centres."""
    x, y = face.landmarks[:, 0], face.landmarks[:, 1]
    zero, one = np.zeros_like(x), np.ones_like(x)
    equations = np.concatenate([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])
    (a, b, right, down), *_ = np.linalg.lstsq(equations, np.concatenate([TEMPLATE[:, 0], TEMPLATE[:, 1]]), rcond=None)
    return np.array([[a, -b, right], [b, a, down]])


def invert(matrix: np.ndarray) -> np.ndarray:
    """Give the way back. Shapes: [2,3] -> [2,3]."""
    turn = np.linalg.inv(matrix[:, :2])
    return np.concatenate([turn, -turn @ matrix[:, 2:]], 1)


def crop_face(image: Image.Image, matrix: np.ndarray) -> Image.Image:
    """Cut the face out as an upright square of 512 x 512."""
    return _warp(image, invert(matrix), (SIDE_PX, SIDE_PX), _OUTSIDE)


def paste_face(image: Image.Image, face: Image.Image, mask: Image.Image, matrix: np.ndarray) -> None:
    """Lay a square over the place it was cut from, in place. Where the mask is 0 no pixel changes."""
    box = _place_of(matrix, image.size)
    if box is None:
        return
    shifted = matrix.copy()
    shifted[:, 2] += matrix[:, :2] @ (box.x1, box.y1)
    size = (box.size.width, box.size.height)
    image.paste(_warp(face, shifted, size, _OUTSIDE), (box.x1, box.y1), _warp(mask, shifted, size, 0))


@functools.cache
def feathered_square() -> Image.Image:
    """Make the mask of a whole square that fades out towards its edges."""
    mask = Image.new("L", (SIDE_PX, SIDE_PX), 0)
    mask.paste(255, (_MARGIN_PX, _MARGIN_PX, SIDE_PX - _MARGIN_PX, SIDE_PX - _MARGIN_PX))
    return mask.filter(ImageFilter.GaussianBlur(_FEATHER_PX))


def _warp(image: Image.Image, back: np.ndarray, size: tuple[int, int], outside: int | tuple[int, ...]) -> Image.Image:
    """Resample; ``back`` leads from the new picture's pixel centres to the old one's."""
    turn = back[:, :2]
    shift = back[:, 2] + 0.5 - turn @ (0.5, 0.5)  # Pillow counts from pixel corners
    data = (turn[0, 0], turn[0, 1], shift[0], turn[1, 0], turn[1, 1], shift[1])
    return image.transform(size, Image.Transform.AFFINE, data, Image.Resampling.BILINEAR, fillcolor=outside)


def _place_of(matrix: np.ndarray, size: tuple[int, int]) -> Box | None:
    """Find the upright rectangle that the square covers in the picture; None where it lies outside."""
    corners = np.array([[0, 0], [SIDE_PX, 0], [0, SIDE_PX], [SIDE_PX, SIDE_PX]], float)
    back = invert(matrix)
    points = corners @ back[:, :2].T + back[:, 2]
    x1, y1 = (max(0, math.floor(value) - 1) for value in points.min(0))
    x2, y2 = (min(limit, math.ceil(value) + 1) for value, limit in zip(points.max(0), size))
    return Box(x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None
