"""The cards of networks and checkpoints, as data for the page's scripts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from modules.catalog.catalog import Catalog
from modules.catalog.entry import CheckpointEntry
from modules.catalog.network_catalog import NetworkCatalog
from modules.catalog.network_entry import NetworkEntry, NetworkKind
from modules.foundation.errors import NotFoundError
from modules.settings.sections.networks import ExtraNetworkSettings
from modules.settings.store import SettingsStore

PAGE_TITLES = {
    NetworkKind.EMBEDDING: "Textual Inversion",
    NetworkKind.HYPERNETWORK: "Hypernetworks",
    NetworkKind.CHECKPOINT: "Checkpoints",
    NetworkKind.LORA: "Lora",
}
_DESCRIPTION_LENGTH = 300
_Listed: TypeAlias = "NetworkEntry | CheckpointEntry"
_ORDERS = {"Path": "path", "Name": "name", "Date Created": "date_created", "Date Modified": "date_modified"}


def find_page(name: str) -> NetworkKind:
    """Return the page that A1111 calls ``textual inversion`` or ``textual_inversion``. Raises: NotFoundError."""
    try:
        return NetworkKind(name.lower().replace(" ", "_"))
    except ValueError:
        raise NotFoundError(f"There is no page of networks called {name[:60]!r}.") from None


def card_id(entry: _Listed) -> str:
    """Return a name for a card that says nothing about where its file lies."""
    return hashlib.blake2b(str(entry.path).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


class NetworkCards:
    """Makes cards of what the catalogs hold."""

    def __init__(self, networks: NetworkCatalog, checkpoints: Catalog, settings: SettingsStore) -> None:
        self.networks = networks
        self.checkpoints = checkpoints
        self.settings = settings
        self._by_id: dict[NetworkKind, tuple[Sequence[_Listed], dict[str, _Listed]]] = {}

    def refresh(self, page: NetworkKind) -> None:
        """Look at the folders again, however little they seem to have changed."""
        if page is NetworkKind.CHECKPOINT:
            self.checkpoints.refresh()
        else:
            self.networks.refresh()

    def entries(self, page: NetworkKind) -> Sequence[NetworkEntry]:
        """Return the entries of a page, as of the last look at the folders."""
        if page is NetworkKind.CHECKPOINT:
            return self.networks.describe_checkpoints(self.checkpoints.checkpoints)
        return self.networks.entries(page)

    def find(self, page: NetworkKind, identity: str) -> NetworkEntry:
        """Find the entry behind a card. Raises: NotFoundError."""
        listed = self.checkpoints.checkpoints if page is NetworkKind.CHECKPOINT else self.networks.entries(page)
        known, by_id = self._by_id.get(page, (None, {}))
        if known is not listed:
            by_id = {card_id(entry): entry for entry in listed}
            self._by_id[page] = (listed, by_id)
        found = by_id.get(identity)
        if isinstance(found, CheckpointEntry):  # what lies beside it is looked up now, and only for this one
            found = next(iter(self.networks.describe_checkpoints([found])), None)
        return found or _missing()

    def find_named(self, page: NetworkKind, name: str) -> NetworkEntry:
        """Find an entry by its name, the later of two. Raises: NotFoundError."""
        found = [entry for entry in self.entries(page) if entry.name == name]
        return found[-1] if found else _missing()

    def listing(self, page: NetworkKind) -> dict[str, Any]:
        """Return everything a page of cards is drawn from, as the folders are now."""
        settings = self.settings.current.networks
        self.networks.refresh_if_changed()
        chosen = self._chosen_checkpoint()
        return {
            "cards": [self._card(entry, settings) for entry in self.entries(page)],
            "loaded": chosen.version if chosen else "",
            "chosen": card_id(chosen) if chosen and page is NetworkKind.CHECKPOINT else None,
            "folders": [str(folder) for folder in self.folders(page)],
            "view": _view(settings),
        }

    def card(self, entry: NetworkEntry) -> dict[str, Any]:
        """Return one card."""
        return self._card(entry, self.settings.current.networks)

    def _card(self, entry: NetworkEntry, settings: ExtraNetworkSettings) -> dict[str, Any]:
        facts = {
            "id": card_id(entry), "name": entry.name, "path": entry.relative, "folder": entry.folder,
            "word": self._word(entry, settings), "version": entry.version,
            "description": entry.description[:_DESCRIPTION_LENGTH], "activation": entry.notes.activation_text,
            "negative": entry.notes.negative_text, "weight": entry.notes.preferred_weight,
            "created": entry.created_s, "modified": entry.modified_s, "picture": _picture_stamp(entry),
            "hidden": entry.hidden, "metadata": entry.has_metadata, "problem": entry.problem,
        }
        return {key: value for key, value in facts.items() if value}

    def _word(self, entry: NetworkEntry, settings: ExtraNetworkSettings) -> str:
        """Return what goes into the prompt, or chooses the checkpoint."""
        if entry.kind is NetworkKind.CHECKPOINT:
            return entry.relative
        return self.networks.prompt_name(entry, prefer_alias=settings.lora_preferred_name != "Filename")

    def _chosen_checkpoint(self) -> NetworkEntry | None:
        found = self.checkpoints.find(self.settings.current.model.sd_model_checkpoint)
        chosen = found or next(iter(self.checkpoints.checkpoints), None)
        return next(iter(self.networks.describe_checkpoints([chosen])), None) if chosen else None

    def folders(self, page: NetworkKind) -> Sequence[Path]:
        """Return where the files of a page lie."""
        if page is NetworkKind.CHECKPOINT:
            return self.checkpoints.folders.checkpoints
        return self.networks.folders.of(page)


def _picture_stamp(entry: NetworkEntry) -> str:
    """Return a word that changes when a card's picture does; empty where it has none."""
    if entry.preview:
        return str(entry.preview_ns)
    return f"c{int(entry.modified_s)}" if entry.has_cover else ""


def _view(settings: ExtraNetworkSettings) -> Mapping[str, Any]:
    return {
        "separator": settings.extra_networks_add_text_separator,
        "weight": settings.extra_networks_default_multiplier,
        "showAll": settings.lora_show_all,
        "hideUnknownFor": settings.lora_hide_unknown_for_versions,
        "hidden": settings.extra_networks_hidden_models,
        "hiddenFolders": settings.extra_networks_show_hidden_directories,
        "order": _ORDERS[settings.extra_networks_card_order_field],
        "descending": settings.extra_networks_card_order == "Descending",
        "tree": settings.extra_networks_tree_view_style == "Tree",
        "foldersShown": settings.extra_networks_tree_view_default_enabled,
        "treeWidth": settings.extra_networks_tree_view_default_width,
        "cardWidth": settings.extra_networks_card_width,
        "cardHeight": settings.extra_networks_card_height,
        "textScale": settings.extra_networks_card_text_scale,
        "descriptions": settings.extra_networks_card_show_desc,
    }


def _missing() -> NetworkEntry:
    raise NotFoundError("This file is not there any more.", remedy="Press Refresh to see what there is.")
