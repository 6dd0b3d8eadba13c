"""Face restorers under A1111's names."""

from __future__ import annotations

from typing import Any

import numpy
from PIL import Image

from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.compat.launching import OncePerHost


class FaceRestoration:
    """A face restorer of the core, or of an extension that subclasses this."""

    def name(self) -> str:
        return "None"

    def restore(self, np_image: Any) -> Any:
        """Repair the faces of a picture, an array of H, W, RGB."""
        return np_image


class CoreFaceRestoration(FaceRestoration):
    """A face restorer of the core."""

    def __init__(self, name: str) -> None:
        self._name = name

    def name(self) -> str:
        return self._name

    def restore(self, np_image: Any, w: float | None = None) -> Any:
        weight = facade("shared").opts.code_former_weight if w is None else w
        restored = HOST.require().bench.faces.restore(Image.fromarray(np_image), self._name, codeformer_weight=weight)
        return numpy.asarray(restored)


face_restorers: OncePerHost[list[FaceRestoration]] = OncePerHost(
    lambda: [CoreFaceRestoration(name) for name in HOST.require().bench.faces.names])


def restore_faces(np_image: Any) -> Any:
    """Repair the faces of a picture with the restorer that the settings name."""
    wanted = facade("shared").opts.face_restoration_model
    found = next((one for one in face_restorers() if one.name() == wanted), None)
    return np_image if found is None else found.restore(np_image)


def fix_faces_with_gfpgan(np_image: Any) -> Any:
    """Repair the faces of a picture with GFPGAN. Raises: NotFoundError saying which file is missing."""
    return CoreFaceRestoration("GFPGAN").restore(np_image)


def codeformer() -> CoreFaceRestoration:
    """Return what repairs faces with CodeFormer."""
    return CoreFaceRestoration("CodeFormer")
