"""What a plan depends on besides the request: settings, models, styles, wildcards, networks, pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from modules.catalog.entry import CheckpointEntry
from modules.catalog.vae_choice import VaeChoice
from modules.foundation.errors import NotFoundError
from modules.foundation.size import Size
from modules.prompting.styles import Style
from modules.prompting.wildcards import WildcardSource
from modules.settings.sections.model import VaeSettings
from modules.settings.values import Settings


class Models(Protocol):
    """The models there are, as far as planning needs them."""

    def choose(self, name: str) -> CheckpointEntry:
        """Find a checkpoint; an empty name means the first. Raises: NotFoundError."""
        ...

    def choose_vae(self, entry: CheckpointEntry, settings: VaeSettings) -> VaeChoice:
        """Choose the VAE for a checkpoint."""
        ...

    def native_size(self, entry: CheckpointEntry) -> Size:
        """Return the size a checkpoint was trained at, from its header alone."""
        ...

    def knows_network(self, kind: str, name: str) -> bool:
        """Say whether there is a network of this kind and name."""
        ...

    def upscaler_names(self) -> Sequence[str]:
        """Return the names of everything that enlarges pictures."""
        ...

    def face_restorer_problem(self, name: str) -> str:
        """Say why a face restorer cannot be used; empty where it can."""
        ...

    def require_picture(self, picture: str, field: str) -> None:
        """Make sure that a picture was handed in. Raises: NotFoundError, InvalidRequestError naming ``field``."""
        ...

    def picture_size(self, picture: str) -> Size:
        """Return the size of a picture that was handed in. Raises: NotFoundError, InvalidRequestError."""
        ...


class _NoWildcards:
    """A source without any file."""

    def lines(self, name: str) -> None:
        return None


NO_WILDCARDS: WildcardSource = _NoWildcards()


@dataclass(frozen=True)
class Surroundings:
    """What a plan depends on besides the request."""

    settings: Settings
    models: Models
    styles: Mapping[str, Style]
    wildcards: WildcardSource = NO_WILDCARDS


def find_checkpoint(models: Models, name: str, comments: list[str], purpose: str) -> CheckpointEntry | None:
    """Find a checkpoint that is not vital; a missing one is said and left out."""
    try:
        return models.choose(name)
    except NotFoundError:
        comments.append(f"There is no checkpoint {name[:60]!r} for {purpose}; it was left out.")
        return None
