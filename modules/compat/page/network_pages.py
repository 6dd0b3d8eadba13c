"""Pages of networks that extensions add. They are kept; the browser of networks shows the program's own kinds."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)
extra_pages: list[Any] = []
allowed_dirs: set[str] = set()


class ExtraNetworksPage:
    """A page of cards. An extension overrides ``refresh`` and ``list_items``."""

    allow_negative_prompt = False

    def __init__(self, title: str) -> None:
        self.title = title
        self.name = title.lower()
        self.extra_networks_tabname = self.name.replace(" ", "_")
        self.items: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}

    def refresh(self) -> None:
        """Look again at what there is."""

    def list_items(self) -> Iterator[dict[str, Any]]:
        """Yield what the cards say."""
        raise NotImplementedError

    def create_item(self, name: str, index: int | None = None, enable_filter: bool = True) -> Any:
        raise NotImplementedError

    def allowed_directories_for_previews(self) -> list[str]:
        return []

    def read_user_metadata(self, item: Any, use_cache: bool = True) -> None:
        """Do nothing: what users write beside their networks is read by the program."""

    def link_preview(self, filename: str) -> str:
        return f"./sd_extra_networks/thumb?filename={filename}"

    def find_preview(self, path: str) -> str | None:
        """Return the address of the picture beside a file."""
        for ending in (".png", ".preview.png", ".jpg", ".webp"):
            if Path(path + ending).is_file():
                return self.link_preview(path + ending)
        return None

    def get_sort_keys(self, path: str) -> dict[str, Any]:
        facts, name = Path(path).stat(), Path(path).name.lower()
        return {"date_created": int(facts.st_ctime), "date_modified": int(facts.st_mtime), "name": name, "path": path}

    def create_user_metadata_editor(self, ui: Any, tabname: str) -> None:
        """Do nothing: the program's own editor is used."""


def register_page(page: ExtraNetworksPage) -> None:
    """Keep a page, and say once that the page does not show it."""
    extra_pages.append(page)
    allowed_dirs.update(str(folder) for folder in page.allowed_directories_for_previews())
    log.warning("The networks page %r of an extension is not shown: the browser shows the program's own kinds.",
                page.title)
