"""From a picture to the faces in it."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from modules.imaging.faces.face import Face
from modules.imaging.faces.retinaface import RetinaFace

SHORTER_SIDE_PX, LONGEST_SIDE_PX = 640, 2150
"""Small pictures are enlarged before looking, huge ones made smaller."""
SURE = 0.97
OVERLAP = 0.4
STEPS_PX = (8, 16, 32)
ANCHORS_PX = ((16, 32), (64, 128), (256, 512))
_MEANS = (104.0, 117.0, 123.0)
_VARIANCES = (0.1, 0.2)


class RetinaFaceFinder:
    """Finds faces with RetinaFace. Use from one thread at a time."""

    def __init__(self, network: RetinaFace, device: torch.device) -> None:
        self._network, self._device = network.to(device).eval(), device

    @torch.inference_mode()
    def find(self, image: Image.Image) -> list[Face]:
        """List the faces, the surest first; landmarks in the picture's own pixels."""
        scale = _scale_for(image)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        scores, boxes, landmarks = self._network(_to_input(image.resize(size, Image.Resampling.BICUBIC))
                                                 .to(self._device))
        anchors = place_anchors(*size).to(self._device)
        sure = scores > SURE
        order = scores[sure].argsort(descending=True)
        corners = decode_boxes(boxes[sure], anchors[sure])[order].float().cpu().numpy()
        points = decode_landmarks(landmarks[sure], anchors[sure])[order].float().cpu().numpy()
        certain = scores[sure][order].float().cpu().numpy()
        ratio = np.array(image.size) / size
        return [Face(points[index] * ratio, float(certain[index])) for index in keep_apart(corners)]


def place_anchors(width: int, height: int) -> Tensor:
    """List the squares that boxes and landmarks are told relative to. Shapes: [n,3]: centre x, centre y, side."""
    levels = []
    for step, sides in zip(STEPS_PX, ANCHORS_PX):
        rows, columns = -(-height // step), -(-width // step)
        y, x, side = torch.meshgrid((torch.arange(rows) + 0.5) * step, (torch.arange(columns) + 0.5) * step,
                                    torch.tensor(sides, dtype=torch.float32), indexing="ij")
        levels.append(torch.stack([x, y, side], -1).reshape(-1, 3))
    return torch.cat(levels)


def decode_boxes(coded: Tensor, anchors: Tensor) -> Tensor:
    """Turn shifts and growths into corners. Shapes: [n,4], [n,3] -> [n,4]."""
    side = anchors[:, 2:]
    centres = anchors[:, :2] + coded[:, :2] * _VARIANCES[0] * side
    halves = side * torch.exp(coded[:, 2:] * _VARIANCES[1]) / 2
    return torch.cat([centres - halves, centres + halves], 1)


def decode_landmarks(coded: Tensor, anchors: Tensor) -> Tensor:
    """Turn shifts into points. Shapes: [n,10], [n,3] -> [n,5,2]."""
    return anchors[:, None, :2] + coded.reshape(-1, 5, 2) * _VARIANCES[0] * anchors[:, None, 2:]


def keep_apart(boxes: np.ndarray) -> list[int]:
    """Choose boxes, the first preferred, that do not overlap much. Shapes: [n,4] -> indices."""
    areas = (boxes[:, 2:] - boxes[:, :2] + 1).prod(1)
    left, kept = list(range(len(boxes))), []
    while left:
        best, *left = left
        kept.append(best)
        sides = np.minimum(boxes[best, 2:], boxes[left, 2:]) - np.maximum(boxes[best, :2], boxes[left, :2]) + 1
        shared = sides.clip(0).prod(1)
        ratio = shared / (areas[best] + areas[left] - shared)
        left = [index for index, value in zip(left, ratio) if value <= OVERLAP]
    return kept


def _scale_for(image: Image.Image) -> float:
    return min(max(1.0, SHORTER_SIDE_PX / min(image.size)), LONGEST_SIDE_PX / max(image.size))


def _to_input(image: Image.Image) -> Tensor:
    """Shapes: [1,3,h,w]: blue, green, red less their means."""
    values = np.asarray(image, dtype=np.float32)[:, :, ::-1] - np.array(_MEANS, dtype=np.float32)
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None]
