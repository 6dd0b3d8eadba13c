"""What a running job tells the world. The web page, the HTTP API, the command line and tests read the same stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Progress:
    """Where the job is. Emitted at the start of a batch, at every sampling step and at every change of stage."""

    stage: str
    """A word for the person waiting: ``loading``, ``sampling``, ``decoding``, ``saving``."""
    step: int = 0
    steps: int = 0
    """Sampling steps of this pass; 0 where a stage has no steps."""
    batch: int = 0
    batches: int = 1
    """Number of the batch being made (0-based), and how many there are in all."""
    done_steps: int = 0
    total_steps: int = 0
    """Sampling steps finished and to do in the whole job."""

    @property
    def fraction(self) -> float:
        """Range: 0 to 1."""
        return min(self.done_steps / self.total_steps, 1.0) if self.total_steps else 0.0


@dataclass(frozen=True)
class Preview:
    """A rough picture of what is being made: one picture, or a batch side by side."""

    image: Image
    step: int


@dataclass(frozen=True)
class ImageFinished:
    """A picture is done (and, where ``path`` is given, safely on the disk)."""

    index: int
    """Number of the picture in the job, 0-based."""
    infotext: str
    seed: int
    path: Path | None
    image: Image | None = None
    """The pixels, for whoever listens in this process; never stored."""
    kind: str = "image"
    """``image``, ``grid``, ``mask``, ``mask composite``, or ``unlisted`` for what is made but not shown."""
    whole: bool = True
    """False for what was interrupted on the way."""


@dataclass(frozen=True)
class Comment:
    """Something the person should know about the result: an adjusted value, an unknown network."""

    text: str


Event = Progress | Preview | ImageFinished | Comment
Emit = Callable[[Event], None]
"""Whoever listens; called on the thread that works, must return quickly."""
