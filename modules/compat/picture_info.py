"""What a picture's file says, as A1111's ``modules.extras`` told it."""

from __future__ import annotations

import html
from typing import Any

from modules.compat.facade import facade


def run_pnginfo(image: Any) -> tuple[str, str | None, str]:
    """Return nothing, the infotext of a picture, and everything it says as HTML."""
    if image is None:
        return "", "", ""
    infotext, items = facade("images").read_info_from_image(image)
    told = {"parameters": infotext, **items} if infotext else items
    shown = "".join(f"<div class=\"infotext\"><p><b>{html.escape(str(key))}</b></p>"
                    f"<p>{html.escape(str(text)).replace(chr(10), '<br>')}</p></div>" for key, text in told.items())
    return "", infotext, shown or "<div><p>Nothing found in the image.</p></div>"
