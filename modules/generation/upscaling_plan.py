"""How networks that enlarge pictures work through them, read off the settings."""

from __future__ import annotations

from modules.imaging.upscaling.entry import Tiling
from modules.settings.sections.upscaling import UpscalingSettings


def plan_tiling(settings: UpscalingSettings) -> Tiling:
    """Return the tiles of every kind of network."""
    return Tiling(settings.ESRGAN_tile, settings.ESRGAN_tile_overlap, settings.tiles_of_kinds)
