"""Kinds of network tags that extensions brought: ``<kind:…>``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modules.compat.draft import StableDiffusionProcessing
from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.generation.networks import HYPERNETWORK_KIND, LORA_KINDS
from modules.prompting.extra_networks import NetworkTag

OWN_KINDS = frozenset((*LORA_KINDS, HYPERNETWORK_KIND))
"""Kinds that the core takes care of, whatever is registered under them."""


class PluginNetworks:
    """The networks of extensions during one run."""

    def __init__(self, p: StableDiffusionProcessing) -> None:
        self._p = p
        registry = facade("extra_networks").extra_network_registry
        self._networks = {kind: network for kind, network in registry.items() if kind not in OWN_KINDS}
        self._active = False

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(self._networks)

    def activate(self, tags: Sequence[NetworkTag]) -> dict[str, list[Any]]:
        """Let every network act, those without a tag with an empty list; return all tags by their kind."""
        params = facade("extra_networks").ExtraNetworkParams
        data: dict[str, list[Any]] = {}
        for tag in tags:
            given = params(items=[*tag.positional, *(f"{key}={value}" for key, value in tag.named.items())])
            data.setdefault(tag.kind, []).append(given)
        self._active = True
        for kind, network in self._networks.items():
            self._call(network, "activate", data.get(kind, []))
        return data

    def deactivate(self) -> None:
        """End what ``activate`` began."""
        if self._active:
            for network in self._networks.values():
                self._call(network, "deactivate")

    def _call(self, network: Any, hook: str, *args: Any) -> None:
        HOST.require().calls.call(type(network).__module__, f"{hook} of a network", getattr(network, hook), self._p,
                                  *args)
