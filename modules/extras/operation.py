"""What an operation is, and what it may use."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from PIL import Image

from modules.extras.picture import Picture
from modules.imaging.faces.face import Face


class Enlarge(Protocol):
    """Enlarges with the upscaler of that name, both sides rounded down to multiples of 8; keeps transparency."""

    def __call__(self, image: Image.Image, upscaler: str, scale: float) -> Image.Image: ...


class RestoreFaces(Protocol):
    """Repairs the faces in a picture; ``weight`` 0 is the strongest effect, 1 the most faithful."""

    def __call__(self, image: Image.Image, restorer: str, weight: float) -> Image.Image: ...


@dataclass(frozen=True)
class Tools:
    """What operations work with. Any of them may end the work on a picture when somebody stops it."""

    enlarge: Enlarge
    restore_faces: RestoreFaces
    find_faces: Callable[[Image.Image], Sequence[Face]]
    """Raises: NotFoundError where that needs a file that is missing."""
    say: Callable[[str], None]
    """Tell the person something about the result."""


class Operation(ABC):
    """One thing that is done to pictures. Its parameters are its fields."""

    name: ClassVar[str]
    """As on the page, and in the setting that orders operations."""
    order: ClassVar[int]
    """Smaller goes first; A1111's numbers."""
    gives_several: ClassVar[bool] = True
    """Whether more than one picture may come of one."""

    def prepare(self, picture: Picture) -> Picture:
        """Look at the original before any operation has changed it."""
        return picture

    @abstractmethod
    def process(self, picture: Picture, tools: Tools) -> Sequence[Picture]:
        """Return the pictures that take this one's place; later operations get each of them.

        Raises: WebUIError where this picture cannot be done.
        """
