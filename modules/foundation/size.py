"""Width and height that travel together."""

from __future__ import annotations

import re
from dataclasses import dataclass

LATENT_SCALE = 8
"""Pixels per latent cell along each side, for every Stable Diffusion VAE."""


@dataclass(frozen=True, order=True)
class Size:
    """A picture's size. Units: pixels unless a name says otherwise."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a size needs positive sides, not {self.width}x{self.height}")

    @classmethod
    def parse(cls, text: str) -> Size:
        """Read ``512x768``. Raises: ValueError for anything else."""
        match = re.fullmatch(r"\s*(\d{1,6})\s*[xX×]\s*(\d{1,6})\s*", text)
        if not match:
            raise ValueError(f"expected a size such as 512x768, got {text[:40]!r}")
        return cls(int(match[1]), int(match[2]))

    @property
    def latent(self) -> Size:
        """The size in latent cells (A1111: integer division by 8)."""
        return Size(self.width // LATENT_SCALE, self.height // LATENT_SCALE)

    @property
    def pixels(self) -> int:
        return self.width * self.height

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"
