"""The newest rough picture of a running job, encoded only when somebody asks for it."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL.Image import Image

PreviewFormat = Literal["jpeg", "webp", "png"]
QUALITY = 85


@dataclass(frozen=True)
class EncodedPreview:
    """Bytes of a preview; ``version`` grows with every new picture of the job."""

    version: int
    media_type: str
    data: bytes


class PreviewSlot:
    """Holds one picture. The worker puts, pollers take; one poller encodes, the others share the bytes."""

    def __init__(self) -> None:
        self._encoding = threading.Lock()
        self._newest: tuple[int, Image | None] = (0, None)
        self._encoded: EncodedPreview | None = None

    @property
    def version(self) -> int:
        """0 while there is no preview."""
        return self._newest[0]

    def put(self, image: Image) -> None:
        self._newest = (self.version + 1, image)

    def take(self, known_version: int = 0, picture_format: PreviewFormat = "jpeg") -> EncodedPreview | None:
        """The newest preview, or None where the caller knows it already or there is none."""
        with self._encoding:
            version, image = self._newest
            if image is None or version == known_version:
                return None
            if self._encoded is None or (self._encoded.version, self._encoded.media_type) != (
                    version, f"image/{picture_format}"):
                self._encoded = EncodedPreview(version, f"image/{picture_format}", _encode(image, picture_format))
            return self._encoded


def _encode(image: Image, picture_format: PreviewFormat) -> bytes:
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, picture_format, quality=QUALITY)
    return buffer.getvalue()
