"""What the page asks about files that are not installed: what there is to fetch, fetching it, and stopping."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from modules.extras.sources import FolderRules
from modules.frontend.routes import ALWAYS_ASK
from modules.hubs.download import Parcel
from modules.hubs.well_known import MODEL_OFFERS
from modules.jobs.download_desk import DownloadDesk, DownloadView

_REFUSED = {"error": "Other computers can reach this server, so nothing is downloaded on demand.",
            "remedy": "Put the files into the folders of models yourself."}


class FileAnswer(BaseModel):
    """A file of a download: what it is, where it belongs, and where it comes from."""

    name: str
    folder: str
    size_bytes: int
    licence: str
    source: str

    @classmethod
    def of(cls, parcel: Parcel, home: Path) -> FileAnswer:
        download = parcel.download
        return cls(name=parcel.target.name, folder=shown_folder(parcel.target.parent, home),
                   size_bytes=download.size_bytes, licence=download.licence, source=download.source)


class DownloadAnswer(BaseModel):
    """A download as the page's script sees it."""

    label: str
    kind: str
    about: str
    files: list[FileAnswer]
    allowed: bool
    """Whether it may be started from the page."""
    state: str
    done_bytes: int
    total_bytes: int
    error: dict[str, str] | None

    @classmethod
    def of(cls, view: DownloadView, folders: FolderRules) -> DownloadAnswer:
        offer, failure = view.offer, view.failure
        return cls(label=offer.label, kind=offer.kind, about=offer.about,
                   files=[FileAnswer.of(parcel, folders.home) for parcel in offer.files],
                   allowed=_may_fetch(offer.kind, folders), state=view.state.value, done_bytes=view.done_bytes,
                   total_bytes=offer.size_bytes,
                   error={"message": failure.message, "remedy": failure.remedy} if failure else None)


class DeskAnswer(BaseModel):
    """All downloads."""

    downloads: list[DownloadAnswer]


def build_download_routes(desk: DownloadDesk, folders: FolderRules) -> APIRouter:
    """Return the routes of downloads.

    While others can reach the server, only models are fetched, and those from their hubs alone.
    """
    router = APIRouter(prefix="/internal/downloads", include_in_schema=False)

    def allowed(label: str) -> bool:
        return all(_may_fetch(view.offer.kind, folders) for view in desk.views() if view.offer.label == label)

    @router.get("")
    def show() -> Response:
        answer = DeskAnswer(downloads=[DownloadAnswer.of(view, folders) for view in desk.views()])
        return Response(answer.model_dump_json(), media_type="application/json", headers=ALWAYS_ASK)

    @router.post("/{label}")
    def start(label: str) -> Response:
        if not allowed(label):
            return JSONResponse(_REFUSED, 403)
        desk.start(label)
        return show()

    @router.post("/{label}/cancel")
    def cancel(label: str) -> Response:
        if not allowed(label):
            return JSONResponse(_REFUSED, 403)
        desk.cancel(label)
        return show()

    return router


def shown_folder(folder: Path, home: Path) -> str:
    """Name a folder for a person: below the program's own as people know it, elsewhere in full."""
    return folder.relative_to(home).as_posix() if folder.is_relative_to(home) else str(folder)


def _may_fetch(kind: str, folders: FolderRules) -> bool:
    return folders.anywhere or kind in MODEL_OFFERS
