"""A picture on its way through the operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from modules.foundation.size import Size


@dataclass(frozen=True)
class Picture:
    """What operations take and give. A new picture says what was done to it, beside what was done before.

    ``image`` is RGB or RGBA.
    """

    image: Image.Image
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Infotext keys and values of what was done so far."""
    tags: tuple[str, ...] = ()
    """Words for the file name."""
    target: Size | None = None
    """The size asked for under "Scale to" or "Scale by", for operations that cut."""
    finished: bool = False
    """Later operations leave it as it is."""
    caption: str = ""
    """Written into a text file beside the picture."""
    attachment: Any = None
    """What plugins keep with a picture from one operation to the next."""

    @property
    def size(self) -> Size:
        return Size(self.image.width, self.image.height)

    def changed(self, image: Image.Image, **facts: Any) -> Picture:
        """Return this picture with other pixels and what there is to say about them."""
        return replace(self, image=image, facts={**self.facts, **facts})
