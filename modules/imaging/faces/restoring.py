"""Restoring every face in one picture, given the networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageChops
from torch import Tensor

from modules.foundation.cancellation import Cancellation
from modules.imaging.faces.alignment import alignment_of, crop_face, feathered_square, paste_face
from modules.imaging.faces.face import FaceFinder
from modules.imaging.faces.networks import Redraw
from modules.imaging.faces.parsing import ParseNet, face_mask

NARROWEST_EYES_PX = 5.0
"""Faces whose eyes are closer together are left as they are."""


@dataclass(frozen=True)
class FaceTools:
    """The networks that take part. Without ``parser`` the whole square around a face is laid back."""

    finder: FaceFinder
    redraw: Redraw
    parser: ParseNet | None = None


def restore_faces(image: Image.Image, tools: FaceTools, weight: float,
                  cancellation: Cancellation | None = None) -> Image.Image:
    """Redraw each face; what is not part of one stays as it is to the last bit. Transparency is kept.

    When asked to stop, the faces done so far are in the result.
    """
    colours = image.convert("RGB")
    restored = colours.copy()
    for face in tools.finder.find(colours):
        if cancellation and cancellation.stop_now:
            break
        if face.eye_distance_px < NARROWEST_EYES_PX:
            continue
        matrix = alignment_of(face)
        drawn = tools.redraw(_to_tensor(crop_face(colours, matrix)), weight)
        paste_face(restored, _to_image(drawn), _mask(tools.parser, drawn), matrix)
    if image.has_transparency_data:
        restored.putalpha(image.convert("RGBA").getchannel("A"))
    return restored


def _mask(parser: ParseNet | None, drawn: Tensor) -> Image.Image:
    if parser is None:
        return feathered_square()
    device = next(parser.parameters()).device
    return ImageChops.darker(feathered_square(), face_mask(parser, drawn.to(device)))


def _to_tensor(image: Image.Image) -> Tensor:
    values = np.array(image).transpose(2, 0, 1)
    return torch.from_numpy(np.ascontiguousarray(values))[None].float().div_(127.5).sub_(1)


def _to_image(pixels: Tensor) -> Image.Image:
    levels = pixels[0].add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).numpy()
    return Image.fromarray(np.ascontiguousarray(levels.transpose(1, 2, 0)))
