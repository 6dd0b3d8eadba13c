"""A1111's ``modules.upscaler``: what enlarges pictures.

Names: LANCZOS, NEAREST, Upscaler, UpscalerData, UpscalerLanczos, UpscalerNearest, UpscalerNone.
"""

from modules.compat.upscalers import (
    LANCZOS,
    NEAREST,
    Upscaler,
    UpscalerData,
    UpscalerLanczos,
    UpscalerNearest,
    UpscalerNone,
)

__all__ = ["LANCZOS", "NEAREST", "Upscaler", "UpscalerData", "UpscalerLanczos", "UpscalerNearest", "UpscalerNone"]
