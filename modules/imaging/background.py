"""Pictures without transparency."""

from __future__ import annotations

from PIL import Image, ImageColor

from modules.foundation.errors import InvalidRequestError


def flatten(image: Image.Image, color: str) -> Image.Image:
    """Lay a picture on a background of one colour (``#rrggbb`` or a name); the result is RGB.

    Raises: InvalidRequestError for a colour that nobody knows.
    """
    try:
        background = ImageColor.getrgb(color)[:3]
    except ValueError as error:
        raise InvalidRequestError("img2img_background_color", f"{color[:40]!r} is not a colour.",
                                  remedy="Write it as #rrggbb, for example #ffffff.") from error
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    flat = Image.new("RGB", image.size, background)
    flat.paste(image, mask=image)
    return flat
