"""What an upscaler is to those who choose one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

WEIGHTED_KINDS = ("SwinIR", "ScuNET")
"""Kinds whose tiles are averaged where they overlap; all others fade into each other."""


@dataclass(frozen=True)
class Tiling:
    """Squares a picture is worked through in. ``tile_px`` 0: the whole picture at once. Units: input pixels."""

    tile_px: int = 192
    overlap_px: int = 8
    others: tuple[tuple[str, int, int], ...] = ()
    """(kind, tile, overlap) for kinds of networks that are worked through in other squares."""

    def of(self, kind: str) -> Tiling:
        """Give the squares for one kind of network."""
        return next((Tiling(tile_px, overlap_px) for name, tile_px, overlap_px in self.others if name == kind), self)


@dataclass(frozen=True)
class UpscalerEntry:
    """One name in the list. ``path`` is None for plain resizing; ``kind`` is the folder under ``models``."""

    name: str
    kind: str = ""
    path: Path | None = None
    scale: int = 4
    """What A1111's API tells for it: the known factor of a well-known file, else 4; files say their own when loaded."""
