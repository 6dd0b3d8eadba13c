"""Reading and fitting pictures under the names and signatures that scripts know."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from modules.artefacts.metadata import read_picture_text
from modules.compat.facade import facade
from modules.foundation.errors import NotFoundError
from modules.foundation.size import Size
from modules.imaging.background import flatten as lay_on_colour
from modules.imaging.reading import turn_upright
from modules.imaging.resizing import ResizeMode
from modules.imaging.resizing import resize_image as fit_image
from modules.sampling.registry import BUILTIN


def resize_image(resize_mode: int, im: Image.Image, width: int, height: int,
                 upscaler_name: str | None = None) -> Image.Image:
    """Fit a picture into a size: 0 stretched, 1 cropped, 2 with filled bars."""
    name = upscaler_name or facade("shared").opts.upscaler_for_img2img
    mode = ResizeMode(resize_mode) if resize_mode in (0, 1) else ResizeMode.FILL
    return fit_image(im, Size(int(width), int(height)), mode, _enlarger(name))


def _enlarger(name: str | None) -> Any:
    if name in (None, "", "None"):
        return None
    upscaler = find_upscaler(name)
    return lambda image, scale: upscaler.scaler.upscale(image, scale, upscaler.data_path)


def find_upscaler(name: str | None) -> Any:
    """Return the upscaler of a name, those of extensions included. Raises: NotFoundError saying which there are."""
    known = facade("shared").sd_upscalers
    wanted = str(name).lower()
    for upscaler in known:
        if upscaler.name.lower() == wanted:
            return upscaler
    raise NotFoundError(f"There is no upscaler named {str(name)[:80]}.",
                        remedy=f"There are: {', '.join(one.name for one in known)}.")


def read_info_from_image(image: Image.Image) -> tuple[str | None, dict[str, Any]]:
    """Return the infotext of a picture, None where it has none, and the other texts it carries."""
    text = read_picture_text(image.info, Size(*image.size), BUILTIN.alias_map().get)
    return text.infotext or None, dict(text.items)


def image_data(data: bytes) -> tuple[str | None, None]:
    """Return the infotext of a picture file, or the text of a text file."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            return read_info_from_image(image)[0], None
    except OSError:
        pass
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        return "", None


def flatten(img: Image.Image, bgcolor: str) -> Image.Image:
    """Lay a picture on a background of one colour."""
    return lay_on_colour(img, bgcolor)


def read(fp: Any, **kwargs: Any) -> Image.Image:
    """Open a picture file, upright."""
    return turn_upright(Image.open(fp, **kwargs))


def fix_image(image: Image.Image | None) -> Image.Image | None:
    """Turn a picture upright; a broken orientation mark is ignored."""
    return None if image is None else turn_upright(image)
