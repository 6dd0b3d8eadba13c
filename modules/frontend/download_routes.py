"""What the Extras tab asks about files that are not installed: what there is to fetch, fetching it, and stopping."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from modules.extras.sources import FolderRules
from modules.frontend.routes import ALWAYS_ASK
from modules.imaging.upscaling.known import KnownModel
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
    def of(cls, known: KnownModel) -> FileAnswer:
        assert known.download is not None
        return cls(name=known.files[0], folder=f"models/{known.kind}", size_bytes=known.download.size_bytes,
                   licence=known.download.licence, source=known.download.source)


class DownloadAnswer(BaseModel):
    """A download as the page's script sees it."""

    label: str
    kind: str
    files: list[FileAnswer]
    state: str
    done_bytes: int
    total_bytes: int
    error: dict[str, str] | None

    @classmethod
    def of(cls, view: DownloadView) -> DownloadAnswer:
        failure = view.failure
        return cls(label=view.offer.label, kind=view.offer.kind, files=list(map(FileAnswer.of, view.offer.files)),
                   state=view.state.value, done_bytes=view.done_bytes, total_bytes=view.offer.size_bytes,
                   error={"message": failure.message, "remedy": failure.remedy} if failure else None)


class DeskAnswer(BaseModel):
    """All downloads, and whether they may be started from the page."""

    allowed: bool
    downloads: list[DownloadAnswer]


def build_download_routes(desk: DownloadDesk, folders: FolderRules) -> APIRouter:
    """Return the routes of downloads. They fetch only while nobody but who sits at the computer can ask."""
    router = APIRouter(prefix="/internal/downloads", include_in_schema=False)

    @router.get("")
    def show() -> Response:
        answer = DeskAnswer(allowed=folders.anywhere, downloads=list(map(DownloadAnswer.of, desk.views())))
        return Response(answer.model_dump_json(), media_type="application/json", headers=ALWAYS_ASK)

    @router.post("/{label}")
    def start(label: str) -> Response:
        if not folders.anywhere:
            return JSONResponse(_REFUSED, 403)
        desk.start(label)
        return show()

    @router.post("/{label}/cancel")
    def cancel(label: str) -> Response:
        if not folders.anywhere:
            return JSONResponse(_REFUSED, 403)
        desk.cancel(label)
        return show()

    return router
