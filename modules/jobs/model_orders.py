"""Getting models: looking at an address somebody typed, and ordering one of the files that lie there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modules.foundation.errors import InvalidRequestError, NotFoundError
from modules.hubs.access import Access
from modules.hubs.download import Offer, Parcel
from modules.hubs.finding import Found, Place, find_at_address, read_address
from modules.hubs.hugging_face import find_in_repository
from modules.hubs.well_known import ORDERED_MODEL
from modules.jobs.download_desk import DownloadDesk


@dataclass(frozen=True)
class ModelOrders:
    """The front door of getting models. ``folders``: where files of each kind belong. Safe to use from any thread."""

    access: Access
    folders: Mapping[str, Path]
    desk: DownloadDesk

    def look(self, address: str) -> Found:
        """Say what lies at an address; asks its server. Raises: InvalidRequestError, NotFoundError."""
        place = read_address(address, self.access)
        if isinstance(place, Place):
            return find_in_repository(place, self.access)
        return find_at_address(place, self.access)

    def order(self, address: str, path: str, kind: str) -> str:
        """Fetch the file ``path`` of an address into the folder of ``kind``; return the label it is fetched under.

        Raises: InvalidRequestError, NotFoundError.
        """
        folder = self.folders.get(kind)
        if folder is None:
            raise InvalidRequestError("kind", f"There is no folder for {kind[:40]!r}.")
        file = next((file for file in self.look(address).files if file.path == path), None)
        if file is None:
            raise NotFoundError(f"There is no {path[:100]} at this address any more.", remedy="Look at it again.")
        target = folder / file.name
        if target.exists():
            raise InvalidRequestError("path", f"There is a file {file.name} in {folder} already.",
                                      remedy="Move or rename that one first, if you want another of that name.")
        self.desk.order(Offer(file.name, ORDERED_MODEL, (Parcel(file.download, target),)))
        return file.name
