"""Networks that extensions add to prompts: ``<kind:name:weight>``. The core takes care of its own kinds itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modules.prompting.extra_networks import NetworkTag, extract_tags

re_extra_net = re.compile(r"<(\w+):([^>]+)>")


class ExtraNetworkParams:
    """What one tag says. ``items``: everything after the kind, split at colons."""

    def __init__(self, items: Sequence[str] | None = None) -> None:
        self.items = list(items or [])
        tag = NetworkTag.parse("", ":".join(self.items)) if self.items else NetworkTag("")
        self.positional: list[str] = list(tag.positional)
        self.named: dict[str, str] = dict(tag.named)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExtraNetworkParams) and self.items == other.items

    def __hash__(self) -> int:
        return hash(tuple(self.items))


class ExtraNetwork:
    """A kind of network."""

    def __init__(self, name: str) -> None:
        self.name = name

    def activate(self, p: Any, params_list: list[ExtraNetworkParams]) -> None:
        """Let the networks of a prompt act; called for every batch, with an empty list where there is no tag."""
        raise NotImplementedError

    def deactivate(self, p: Any) -> None:
        """End what ``activate`` began."""
        raise NotImplementedError


extra_network_registry: dict[str, ExtraNetwork] = {}
extra_network_aliases: dict[str, ExtraNetwork] = {}


def register_extra_network(extra_network: ExtraNetwork) -> None:
    """Take care of a kind of tags."""
    extra_network_registry[extra_network.name] = extra_network


def register_extra_network_alias(extra_network: ExtraNetwork, alias: str) -> None:
    """Take care of another kind, too."""
    extra_network_aliases[alias] = extra_network


def lookup_extra_networks(extra_network_data: Mapping[str, list[ExtraNetworkParams]]
                          ) -> dict[ExtraNetwork, list[ExtraNetworkParams]]:
    """Return which registered network gets which tags."""
    found: dict[ExtraNetwork, list[ExtraNetworkParams]] = {}
    for kind, params in extra_network_data.items():
        network = extra_network_registry.get(kind) or extra_network_aliases.get(kind)
        if network is not None:
            found.setdefault(network, []).extend(params)
    return found


def activate(p: Any, extra_network_data: Mapping[str, list[ExtraNetworkParams]]) -> None:
    """Let the registered networks of ``data`` act, and tell all others that they have no tag."""
    found = lookup_extra_networks(extra_network_data)
    for network in extra_network_registry.values():
        network.activate(p, found.get(network, []))


def deactivate(p: Any, extra_network_data: Mapping[str, list[ExtraNetworkParams]]) -> None:
    """End what ``activate`` began."""
    for network in extra_network_registry.values():
        network.deactivate(p)


def parse_prompt(prompt: str) -> tuple[str, dict[str, list[ExtraNetworkParams]]]:
    """Return a prompt without its tags, and the tags by kind."""
    text, tags = extract_tags(prompt)
    data: dict[str, list[ExtraNetworkParams]] = {}
    for tag in tags:
        items = [*tag.positional, *(f"{key}={value}" for key, value in tag.named.items())]
        data.setdefault(tag.kind, []).append(ExtraNetworkParams(items=items))
    return text, data


def parse_prompts(prompts: Sequence[str]) -> tuple[list[str], dict[str, list[ExtraNetworkParams]] | None]:
    """Return prompts without their tags, and the tags of the first."""
    parsed = [parse_prompt(prompt) for prompt in prompts]
    return [text for text, _ in parsed], parsed[0][1] if parsed else None


def get_user_metadata(filename: str | None, lister: Any = None) -> dict[str, Any]:
    """Read what somebody noted beside a model file; empty where there is nothing to read."""
    if filename is None:
        return {}
    try:
        content = json.loads(Path(filename).with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
