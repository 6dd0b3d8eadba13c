"""What planning and doing extras need besides the request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from modules.artefacts.picture_store import PictureStore
from modules.extras.operations import OperationKind, OperationShelf
from modules.extras.sources import FolderRules
from modules.extras.upscaled_cache import UpscaledCache
from modules.foundation.cancellation import Cancellation
from modules.imaging.faces.face import Face
from modules.imaging.faces.restorers import FaceRestorerEntry
from modules.imaging.upscaling.entry import Tiling
from modules.imaging.upscaling.tiles import OnTile


class Upscalers(Protocol):
    """The upscalers there are (``imaging.upscaling``)."""

    @property
    def names(self) -> list[str]: ...

    def refresh(self) -> None:
        """Look for files again."""
        ...

    def find(self, name: str) -> Any:
        """Raises: NotFoundError saying what there is."""
        ...

    def upscale(self, image: Image.Image, name: str, scale: float, tiling: Tiling, *,
                on_tile: OnTile | None = None, cancellation: Cancellation | None = None) -> Image.Image:
        """Enlarge a picture. Raises: WebUIError."""
        ...


class Restorers(Protocol):
    """The face restorers there are (``imaging.faces``)."""

    def find(self, name: str) -> Any:
        """Raises: NotFoundError saying which file belongs where."""
        ...

    @property
    def entries(self) -> Sequence[FaceRestorerEntry]: ...

    def restore(self, image: Image.Image, name: str, *, codeformer_weight: float = 0.5,
                cancellation: Cancellation | None = None) -> Image.Image:
        """Repair the faces of a picture. Raises: WebUIError."""
        ...

    def find_faces(self, image: Image.Image) -> Sequence[Face]:
        """List the faces in a picture. Raises: NotFoundError where no detector is installed."""
        ...

    def release(self) -> None:
        """Let the networks leave memory."""
        ...


@dataclass(frozen=True)
class ExtrasBench:
    """The tools of extras, which live as long as the program."""

    upscalers: Upscalers
    faces: Restorers
    pictures: PictureStore
    folders: FolderRules
    data_folder: Path
    operations: OperationShelf = field(default_factory=OperationShelf)
    cache: UpscaledCache = field(default_factory=UpscaledCache)

    @property
    def kinds(self) -> Sequence[OperationKind]:
        """Every operation that can be asked for."""
        return self.operations.kinds
