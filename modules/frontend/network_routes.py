"""What the browser of networks asks for, and the addresses under which A1111's extensions ask the same."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from modules.catalog.network_entry import NetworkEntry, NetworkKind
from modules.catalog.network_pictures import PREVIEW_SUFFIXES, cover_pictures
from modules.foundation.errors import NotFoundError
from modules.foundation.files import is_inside
from modules.frontend.network_cards import NetworkCards, card_id, find_page
from modules.frontend.network_details import describe_entry, format_metadata
from modules.frontend.network_editing import NotesDraft, save_notes, save_preview
from modules.frontend.network_thumbnails import ThumbnailFolder
from modules.frontend.routes import ALWAYS_ASK, NEVER_CHANGES
from modules.imaging.reading import read_header
from modules.jobs.monitor import JobMonitor

Page = Annotated[NetworkKind, Depends(find_page)]
_LONGEST_NAME = 4096


class PictureChoice(BaseModel):
    """A finished picture of a job."""

    job: str = Field(max_length=200)
    number: int = Field(ge=0)


def build_network_routes(cards: NetworkCards, thumbnails: ThumbnailFolder, jobs: JobMonitor) -> APIRouter:
    """Return the routes of the browser of networks."""
    router = APIRouter(include_in_schema=False)
    _add_listing(router, cards)
    _add_card(router, cards, thumbnails)
    _add_editing(router, cards, jobs)
    _add_known_addresses(router, cards)
    _add_known_pictures(router, cards)
    return router


def _add_listing(router: APIRouter, cards: NetworkCards) -> None:
    @router.get("/internal/networks/{name}")
    def listing(page: Page) -> Response:
        return _json(cards.listing(page))

    @router.post("/internal/networks/{name}/refresh")
    def refresh(page: Page) -> Response:
        cards.refresh(page)
        return _json(cards.listing(page))


def _add_card(router: APIRouter, cards: NetworkCards, thumbnails: ThumbnailFolder) -> None:
    @router.get("/internal/networks/{name}/{identity}")
    def card(page: Page, identity: str) -> Response:
        vaes = {"vaes": sorted(cards.checkpoints.vaes)} if page is NetworkKind.CHECKPOINT else {}
        return _json(describe_entry(cards.find(page, identity)) | vaes)

    @router.get("/internal/networks/{name}/{identity}/thumbnail")
    def thumbnail(page: Page, identity: str) -> Response:
        content = thumbnails.read(identity, cards.find(page, identity))
        return Response(content, media_type="image/webp", headers=NEVER_CHANGES)

    @router.get("/internal/networks/{name}/{identity}/metadata")
    def metadata(page: Page, identity: str) -> Response:
        return _json({"metadata": format_metadata(cards.find(page, identity).read_metadata())})

    @router.get("/internal/networks/{name}/{identity}/hash")
    def short_hash(page: Page, identity: str) -> Response:
        return _json({"hash": cards.networks.short_hash(cards.find(page, identity))})


def _add_editing(router: APIRouter, cards: NetworkCards, jobs: JobMonitor) -> None:
    @router.post("/internal/networks/{name}/{identity}/notes")
    def notes(page: Page, identity: str, draft: NotesDraft) -> Response:
        save_notes(cards.find(page, identity), draft)
        return _changed(page, identity)

    @router.post("/internal/networks/{name}/{identity}/preview")
    def preview(page: Page, identity: str, choice: PictureChoice) -> Response:
        pictures = [picture for picture in jobs.get(choice.job).pictures if picture.path is not None]
        if choice.number >= len(pictures):
            raise NotFoundError("This picture is not there any more.", remedy="Choose another one.")
        chosen = pictures[choice.number]
        assert chosen.path is not None
        save_preview(cards.find(page, identity), chosen.path, chosen.infotext)
        return _changed(page, identity)

    def _changed(page: NetworkKind, identity: str) -> Response:
        cards.networks.refresh()
        return _json({"card": cards.card(cards.find(page, identity))})


def _add_known_addresses(router: APIRouter, cards: NetworkCards) -> None:
    """Reference: A1111 v1.10.1, where files are named and not numbered."""

    @router.get("/sd_extra_networks/metadata")
    def metadata(page: str = "", item: str = "") -> Response:
        texts = _named(cards, page, item).read_metadata()
        return _json({"metadata": format_metadata(texts)} if texts else {})

    @router.get("/sd_extra_networks/get-single-card")
    def single_card(page: str = "", tabname: str = "", name: str = "") -> Response:
        return _json({"html": _card_markup(_named(cards, page, name), tabname)})


def _add_known_pictures(router: APIRouter, cards: NetworkCards) -> None:
    @router.get("/sd_extra_networks/thumb")
    def thumb(filename: Annotated[str, Query(max_length=_LONGEST_NAME)] = "") -> Response:
        path = Path(filename)
        try:
            found = "\0" not in filename and _is_shown(cards, path) and path.is_file()
        except OSError:  # a name no file can have
            found = False
        if not found:
            raise HTTPException(404)
        return FileResponse(path, media_type=_picture_type(path))

    @router.get("/sd_extra_networks/cover-images")
    def cover(page: str = "", item: str = "", index: int = 0) -> Response:
        pictures = cover_pictures(_named(cards, page, item).read_metadata())
        if not 0 <= index < len(pictures):
            raise HTTPException(404)
        return Response(pictures[index], media_type=_picture_type(pictures[index]))


def _named(cards: NetworkCards, page: str, name: str) -> NetworkEntry:
    return cards.find_named(find_page(page), name)


def _is_shown(cards: NetworkCards, path: Path) -> bool:
    """Whether a file is a preview on some card, or a picture in a folder of networks or checkpoints."""
    if path.suffix.lower().lstrip(".") not in PREVIEW_SUFFIXES:
        return False
    if any(path == entry.preview for kind in NetworkKind for entry in cards.entries(kind)):
        return True
    return any(is_inside(folder, path) for kind in NetworkKind for folder in cards.folders(kind))


def _picture_type(source: Path | bytes) -> str:
    """Return the media type of what is a picture indeed. Raises: InvalidRequestError."""
    return f"image/{read_header(source).format.lower()}"


def _card_markup(entry: NetworkEntry, tab: str) -> str:
    name, description = html.escape(entry.name), html.escape(entry.description)
    return (f'<div class="card" data-name="{name}" data-card="{card_id(entry)}" data-tabname="{html.escape(tab)}">'
            f'<span class="name">{name}</span><span class="description">{description}</span></div>')


def _json(content: dict[str, Any]) -> Response:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "replace"), media_type="application/json", headers=ALWAYS_ASK)
