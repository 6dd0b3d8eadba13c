"""What the Models tab asks: what lies at an address, and fetching one of the files there."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from pydantic import BaseModel, Field

from modules.extras.sources import FolderRules
from modules.frontend.download_routes import shown_folder
from modules.hubs.access import MAX_ADDRESS_CHARACTERS
from modules.hubs.finding import Found, FoundFile
from modules.jobs.model_orders import ModelOrders

KIND_TITLES = {"checkpoint": "Checkpoint", "vae": "VAE", "lora": "LoRA", "embedding": "Embedding",
               "hypernetwork": "Hypernetwork", "upscaler": "Upscaler"}
MAX_FILES = 200


class AddressQuestion(BaseModel):
    """What somebody typed."""

    address: str = Field(max_length=MAX_ADDRESS_CHARACTERS)


class OrderQuestion(AddressQuestion):
    """A file of an address, and what it is for."""

    path: str = Field(max_length=1000)
    kind: str = Field(max_length=40)


class FoundFileAnswer(BaseModel):
    """A file that can be fetched. ``checked``: its hash is known beforehand."""

    path: str
    name: str
    kind: str
    size_bytes: int
    checked: bool

    @classmethod
    def of(cls, file: FoundFile) -> FoundFileAnswer:
        return cls(path=file.path, name=file.name, kind=file.kind, size_bytes=file.download.size_bytes,
                   checked=bool(file.download.sha256))


class KindAnswer(BaseModel):
    """A kind of file and the folder where it belongs."""

    kind: str
    title: str
    folder: str


class FoundAnswer(BaseModel):
    """What lies at an address, as the page's script shows it."""

    title: str
    page: str
    licence: str
    gated: bool
    files: list[FoundFileAnswer]
    left_out: int
    kinds: list[KindAnswer]

    @classmethod
    def of(cls, found: Found, kinds: list[KindAnswer]) -> FoundAnswer:
        files = list(map(FoundFileAnswer.of, found.files[:MAX_FILES]))
        return cls(title=found.title, page=found.page, licence=found.licence, gated=found.gated, files=files,
                   left_out=len(found.files) - len(files), kinds=kinds)


def build_model_routes(orders: ModelOrders, folders: FolderRules) -> APIRouter:
    """Return the routes of getting models; the outside is asked when somebody asks here, and never else."""
    router = APIRouter(prefix="/internal/models", include_in_schema=False)

    @router.post("/look")
    def look(question: AddressQuestion) -> FoundAnswer:
        return FoundAnswer.of(orders.look(question.address), _kinds(orders, folders.home))

    @router.post("/order")
    def order(question: OrderQuestion) -> dict[str, str]:
        return {"label": orders.order(question.address, question.path, question.kind)}

    return router


def _kinds(orders: ModelOrders, home: Path) -> list[KindAnswer]:
    return [KindAnswer(kind=kind, title=KIND_TITLES[kind], folder=shown_folder(folder, home))
            for kind, folder in orders.folders.items()]
