"""What a model is loaded from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ModelFiles:
    """A checkpoint; ``vae`` takes the place of its own."""

    checkpoint: Path
    vae: Path | None = None
