"""Cutting a picture to the target size around what matters in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from PIL import Image, ImageDraw

from modules.extras.focal_points import Point, find_edge_point, find_entropy_point
from modules.extras.operation import Operation, Tools
from modules.extras.picture import Picture
from modules.foundation.box import Box
from modules.foundation.errors import NotFoundError
from modules.foundation.size import Size
from modules.imaging.faces.face import Face

DEBUG_TAG = "focal-crop-debug"
COLORS = {"faces": "#00e000", "entropy": "#ffd000", "edges": "#ff3030"}


@dataclass(frozen=True)
class FocalCrop(Operation):
    """Weighs faces, detail and edges against one another and cuts around their middle.

    Reference: A1111 v1.10.1, Extras, "Auto focal point crop" (the points are found our own way).
    """

    name: ClassVar[str] = "Auto focal point crop"
    order: ClassVar[int] = 4010

    face_weight: float = 0.9
    entropy_weight: float = 0.15
    edges_weight: float = 0.5
    debug: bool = False
    """Also make a picture that shows what was found and where the cut is."""

    def process(self, picture: Picture, tools: Tools) -> Sequence[Picture]:
        if picture.target is None:
            return [picture]
        image = cover(picture.image, picture.target)
        points = self._find_points(image, picture.target, tools)
        box = cut_around(middle(points), Size(image.width, image.height), picture.target)
        made = [picture.changed(image.crop(box.as_tuple()))]
        if self.debug:
            made.append(replace(picture, image=draw_points(image, points, box), finished=True,
                                tags=(*picture.tags, DEBUG_TAG)))
        return made

    def _find_points(self, image: Image.Image, target: Size, tools: Tools) -> dict[str, Point]:
        rgb = image.convert("RGB")
        found: dict[str, Point | None] = {}
        if self.face_weight:
            found["faces"] = face_point(_look_for_faces(rgb, tools), self.face_weight)
        if self.entropy_weight:
            found["entropy"] = find_entropy_point(rgb, target, self.entropy_weight)
        if self.edges_weight:
            found["edges"] = find_edge_point(rgb, self.edges_weight)
        return {name: point for name, point in found.items() if point is not None}


def cover(image: Image.Image, target: Size) -> Image.Image:
    """Scale a picture so that it just covers the target."""
    ratio = max(target.width / image.width, target.height / image.height)
    size = (max(target.width, round(image.width * ratio)), max(target.height, round(image.height * ratio)))
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)


def face_point(faces: Sequence[Face], weight: float) -> Point | None:
    """Return the middle of all faces, large ones counting more."""
    if not faces:
        return None
    sizes = [face.eye_distance_px**2 + 1 for face in faces]
    x, y = np.average([face.landmarks.mean(axis=0) for face in faces], axis=0, weights=sizes)
    return Point(float(x), float(y), weight)


def _look_for_faces(image: Image.Image, tools: Tools) -> Sequence[Face]:
    try:
        return tools.find_faces(image)
    except NotFoundError as error:
        tools.say(f"Auto focal point crop did not look for faces. {error}")
        return ()


def middle(points: dict[str, Point]) -> Point | None:
    """Return the weighted mean of the points."""
    total = sum(point.weight for point in points.values())
    if not total:
        return None
    return Point(sum(point.x * point.weight for point in points.values()) / total,
                 sum(point.y * point.weight for point in points.values()) / total, total)


def cut_around(point: Point | None, size: Size, target: Size) -> Box:
    """Return the box of the target's size around a point (None: the middle), moved into the picture."""
    x, y = (point.x, point.y) if point else (size.width / 2, size.height / 2)
    left = min(max(round(x - target.width / 2), 0), size.width - target.width)
    top = min(max(round(y - target.height / 2), 0), size.height - target.height)
    return Box(left, top, left + target.width, top + target.height)


def draw_points(image: Image.Image, points: dict[str, Point], box: Box) -> Image.Image:
    """Draw the points, as large as their weight, and the cut."""
    drawn = image.convert("RGB")
    pen = ImageDraw.Draw(drawn)
    unit = max(min(image.size) * 0.08, 2)
    for name, point in points.items():
        radius = unit * point.weight
        pen.ellipse((point.x - radius, point.y - radius, point.x + radius, point.y + radius),
                    outline=COLORS[name], width=max(int(unit * 0.1), 1))
        pen.text((point.x + radius, point.y), name, fill=COLORS[name])
    pen.rectangle((box.x1, box.y1, box.x2 - 1, box.y2 - 1), outline="#00a0ff", width=max(int(unit * 0.1), 1))
    return drawn
