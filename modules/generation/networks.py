"""The networks of a run: found by name, applied to the model, told in the infotext."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modules.adapters.inversions.embedding import Embedding
from modules.adapters.inversions.shelf import InversionFile, InversionShelf
from modules.adapters.patcher import NetworkPatcher
from modules.adapters.tags import HypernetworkUse, LoraUse, read_hypernetwork_tag, read_lora_tag
from modules.catalog.network_catalog import NetworkCatalog
from modules.catalog.network_entry import NetworkEntry
from modules.foundation.errors import ModelFileError
from modules.prompting.embeddings import EmbeddingIndex
from modules.prompting.extra_networks import NetworkTag
from modules.prompting.towers import Tower

if TYPE_CHECKING:
    from modules.engine.loaded_model import LoadedModel

LORA_KINDS = ("lora", "lyco")
HYPERNETWORK_KIND = "hypernet"
_SHOWN = 60
_WITHOUT = str.maketrans("", "", ":,")


@dataclass(frozen=True)
class KnownEmbeddings:
    """The textual inversions that a prompt may name."""

    index: EmbeddingIndex
    comments: tuple[str, ...] = ()


def find_network(catalog: NetworkCatalog, kind: str, name: str) -> NetworkEntry | None:
    """Find the file that a tag means."""
    if kind in LORA_KINDS:
        return catalog.find_lora(name)
    return catalog.find_hypernetwork(name) if kind == HYPERNETWORK_KIND else None


class ActiveNetworks:
    """Lets the networks of a prompt act on whichever model is in use, and remembers what they were."""

    def __init__(self, catalog: NetworkCatalog, shelf: InversionShelf) -> None:
        self._catalog = catalog
        self._shelf = shelf
        self._loras: dict[str, NetworkEntry] = {}
        self._bundled: tuple[Embedding, ...] = ()

    def activate(self, tags: Sequence[NetworkTag], model: LoadedModel, *, functional: bool) -> tuple[str, ...]:
        """Apply these networks and no others, in the order of the prompt; return what is to be said.

        A network that is missing, damaged or made for another model is left out. Reference: A1111 v1.10.1.
        """
        self._catalog.refresh_if_changed()
        asked = _Asked(self._catalog)
        for tag in tags:
            asked.add(tag)
        patcher = model.attachments.setdefault(NetworkPatcher, NetworkPatcher(model))
        applied = patcher.apply(asked.loras, asked.hypernetworks, functional=functional)
        self._loras = {name: entry for name, entry in asked.entries.items() if entry.path in applied.files}
        self._bundled = applied.embeddings
        return (*asked.comments, *applied.comments)

    def embeddings(self, texts: Sequence[str], model: LoadedModel, towers: Sequence[Tower]) -> KnownEmbeddings:
        """Return the embeddings that texts can name; those in a LoRA count while no file has their name."""
        files = [InversionFile(entry.name, entry.path) for entry in self._catalog.embeddings]
        widths = {tower.recipe.name: tower.width for tower in model.description.text}
        found = self._shelf.find(files, texts, widths)
        own = {embedding.name for embedding in found.usable}
        usable = (*found.usable, *(one for one in self._bundled if one.name not in own))
        return KnownEmbeddings(EmbeddingIndex(usable, towers[0].tokenizer), found.comments)

    def infotext(self, embeddings: Sequence[str], *, lora_hashes: bool) -> dict[str, str]:
        """Return the hashes of what acted. ``embeddings`` are the names of those a prompt used."""
        loras = self._hashes(self._loras) if lora_hashes else {}
        inversions = {entry.name: entry for entry in reversed(self._catalog.embeddings)}  # of several, the first acts
        used = self._hashes({name: inversions[name] for name in embeddings if name in inversions})
        told = {"Lora hashes": _listed(loras), "TI hashes": _listed(used)}
        return {key: text for key, text in told.items() if text}

    def _hashes(self, entries: Mapping[str, NetworkEntry]) -> dict[str, str]:
        hashes = {}
        for name, entry in entries.items():
            try:
                hashes[name] = self._catalog.short_hash(entry)
            except ModelFileError:  # gone since it was read
                continue
        return hashes


class _Asked:
    """What the tags of a prompt come to."""

    def __init__(self, catalog: NetworkCatalog) -> None:
        self._catalog = catalog
        self.loras: list[LoraUse] = []
        self.hypernetworks: list[HypernetworkUse] = []
        self.entries: dict[str, NetworkEntry] = {}
        """LoRA files by the names they were called."""
        self.comments: list[str] = []

    def add(self, tag: NetworkTag) -> None:
        name = tag.positional[0] if tag.positional else ""
        if tag.kind not in (*LORA_KINDS, HYPERNETWORK_KIND):
            self.comments.append(f"<{tag.kind[:_SHOWN]}:…> is no kind of network; it was left out.")
            return
        entry = find_network(self._catalog, tag.kind, name)
        if entry is None:
            kind = "LoRA" if tag.kind in LORA_KINDS else "hypernetwork"
            self.comments.append(f"There is no {kind} named {name[:_SHOWN]!r}; it was left out.")
        elif tag.kind == HYPERNETWORK_KIND:
            hypernetwork, said = read_hypernetwork_tag(entry.path, tag.positional, tag.named)
            self.hypernetworks.append(hypernetwork)
            self.comments += said
        else:
            lora, said = read_lora_tag(entry.path, tag.positional, tag.named)
            self.loras.append(lora)
            self.entries[name] = entry
            self.comments += said


def _listed(hashes: Mapping[str, str]) -> str:
    """Write names with their hashes, without the marks that infotexts are read by."""
    return ", ".join(f"{name.translate(_WITHOUT)}: {short_hash}" for name, short_hash in hashes.items())
