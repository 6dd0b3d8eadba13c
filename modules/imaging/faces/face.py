"""A face in a picture, and what finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Face:
    """Where the eyes, the nose and the corners of the mouth are.

    Shapes: landmarks [5,2]: x and y of pixel centres, left eye first as seen in the picture.
    """

    landmarks: np.ndarray
    score: float = 1.0

    @property
    def eye_distance_px(self) -> float:
        return float(np.linalg.norm(self.landmarks[0] - self.landmarks[1]))


class FaceFinder(Protocol):
    """Finds faces in an RGB picture."""

    def find(self, image: Image.Image) -> list[Face]: ...
