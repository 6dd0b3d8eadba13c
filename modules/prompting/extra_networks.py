"""Tags of networks in a prompt: ``<lora:name:0.7>``, ``<hypernet:name>``, with positional and named arguments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_OPENING = re.compile(r"<(\w+):")


@dataclass(frozen=True)
class NetworkTag:
    """One tag: ``<kind:positional:…:key=value>``. What the arguments mean is up to the network."""

    kind: str
    positional: tuple[str, ...] = ()
    named: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, kind: str, arguments: str) -> NetworkTag:
        """Split at colons; an argument with exactly one equals sign is a named one."""
        items = [argument.split("=") for argument in arguments.split(":")]
        positional = tuple("=".join(item) for item in items if len(item) != 2)
        return cls(kind, positional, dict(item for item in items if len(item) == 2))


def extract_tags(prompt: str) -> tuple[str, list[NetworkTag]]:
    """Return the prompt without its tags, and the tags in order. Spaces around a tag stay."""
    kept: list[str] = []
    tags: list[NetworkTag] = []
    position = 0
    while opening := _OPENING.search(prompt, position):
        closing = prompt.find(">", opening.end())
        if closing < 0:
            break
        if closing == opening.end():  # no arguments: not a tag
            kept.append(prompt[position : closing + 1])
        else:
            kept.append(prompt[position : opening.start()])
            tags.append(NetworkTag.parse(opening[1], prompt[opening.end() : closing]))
        position = closing + 1
    kept.append(prompt[position:])
    return "".join(kept), tags


def name_network(prompt: str, kind: str, name: str, weight: float) -> str:
    """Append the tag of a network, unless the prompt names it already. Reference: A1111 v1.10.1."""
    _, tags = extract_tags(prompt)
    if any(tag.kind == kind and tag.positional[:1] == (name,) for tag in tags):
        return prompt
    return f"{prompt}<{kind}:{name}:{weight}>"


def extract_batch_tags(prompts: Iterable[str]) -> tuple[list[str], list[NetworkTag]]:
    """Remove the tags from every prompt of a batch; the first prompt alone says which networks act."""
    extracted = [extract_tags(prompt) for prompt in prompts]
    return [text for text, _ in extracted], extracted[0][1] if extracted else []
