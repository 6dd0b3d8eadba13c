"""Reads the img2img tab: its controls, and the pictures that its scripts have handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modules.frontend.batch_requests import batch_requests
from modules.frontend.img2img_request import Picked, img2img_request, picture_in
from modules.frontend.services import FrontendServices
from modules.frontend.submission import Wanted
from modules.imaging.inpaint_sketch import SketchOptions, read_sketch
from modules.imaging.png import encode_png


class Img2imgReader:
    """Reads the tab: one request, or one for each picture of a batch."""

    def __init__(self, services: FrontendServices) -> None:
        self._services = services

    def __call__(self, values: Mapping[str, Any], situation: Mapping[str, Any]) -> Iterable[Wanted]:
        """Raises: InvalidRequestError where there is no picture."""
        if situation.get("mode") == "batch":
            return batch_requests(values, situation, self._services)
        picked = self._pick(values, situation)
        return [Wanted(img2img_request(values, picked, resize_by=bool(situation.get("resize_by"))))]

    def _pick(self, values: Mapping[str, Any], situation: Mapping[str, Any]) -> Picked:
        image = picture_in(situation, "image")
        mode = situation.get("mode")
        if mode == "sketch":
            return Picked(situation.get("sketch") or image)
        if mode == "inpaint_sketch":
            return self._pick_sketch(image, picture_in(situation, "sketch"), values)
        if mode in ("inpaint", "inpaint_upload"):
            return Picked(image, picture_in(situation, "mask"))
        return Picked(image)

    def _pick_sketch(self, image: str, sketch: str, values: Mapping[str, Any]) -> Picked:
        store = self._services.pictures
        options = SketchOptions(values["mask_alpha"], values["mask_blur"])
        start, mask = read_sketch(store.open(image), store.open(sketch), options)
        return Picked(store.keep(encode_png(start)), store.keep(encode_png(mask)))
