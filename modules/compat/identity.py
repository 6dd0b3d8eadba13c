"""What a run of ``p`` is: a hash of everything that decides its pictures, the files that it names included."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from PIL import Image

from modules.catalog.entry import CheckpointEntry
from modules.compat.conversion import lend_request
from modules.compat.draft import StableDiffusionProcessing
from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.generation.networks import find_network
from modules.generation.plan import GenerationPlan, plan
from modules.generation.request import GenerationRequest
from modules.generation.workbench import Workbench
from modules.plugins.discovery import ROOT_NAME
from modules.prompting.extra_networks import extract_tags

IRRELEVANT = {"outputs", "previews", "comments", "save_images", "override_settings"}
"""Parts of a plan that say where pictures go and what is told on the way, and settings: what they do is in the plan."""
NAMED_APART = {"init_images", "mask", "latent_mask", "firstpass_image", "images"}
"""Pictures have an id of their own in every run; what they show counts."""
SEED_WAS_RANDOM = "seed_was_random"
"""What the host says of a seed; the seed itself counts."""
_PLAIN = (str, int, float, bool, type(None))


def identity_of(p: StableDiffusionProcessing) -> str:
    """Return the identity of a run. Raises: WebUIError where ``p`` cannot be planned; nothing is made."""
    host = HOST.require()
    opts = facade("shared").opts
    with opts.overlaid(p.override_settings or {}), lend_request(p, host.bench.pictures) as request:
        made = plan(request, host.bench.surroundings(opts.settings(), host.styles.styles))
        scripts = _scripts(p)
        if made.request.subseed_strength == 0 and all(plugin == ROOT_NAME for plugin, *_ in scripts):
            made = _without_variation(made)
        told = [_plain(made, host.bench), _pictures(request, host.bench), sorted(_files(made, host.bench)),
                _own_attributes(p), scripts, {key: opts.data.get(key) for key in opts.added}, host.bench.version]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=repr).encode()).hexdigest()


def _without_variation(made: GenerationPlan) -> GenerationPlan:
    """Leave out the seeds of variations where there is none: they are drawn anew whenever a grid is asked for."""
    return replace(made, request=replace(made.request, subseed=0),
                   images=tuple(replace(image, subseed=0) for image in made.images))


def _plain(value: Any, bench: Workbench) -> Any:
    """Turn a plan into JSON: files and checkpoints become the hash of what is in them."""
    if isinstance(value, CheckpointEntry):
        return [value.name, bench.catalog.with_hash(value).sha256 or _stamp(value.path)]
    if isinstance(value, Path):
        return [value.name, bench.catalog.short_hash(value) or _stamp(value)] if value.is_file() else str(value)
    if isinstance(value, Enum):
        return value.name
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name), bench) for one in fields(value)
                if one.name not in IRRELEVANT and not _names_pictures(value, one.name)}
    if isinstance(value, Mapping):
        return {str(key): _plain(one, bench) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(one, bench) for one in value]
    return value


def _names_pictures(value: Any, field: str) -> bool:
    """Say whether a field names pictures by id; a plan's ``images`` are those to make."""
    return field in NAMED_APART and not isinstance(value, GenerationPlan)


def _pictures(request: GenerationRequest, bench: Workbench) -> list[list[str]]:
    found = [("init_images", name) for name in request.init_images]
    found += [(field, getattr(request, field)) for field in ("mask", "latent_mask", "firstpass_image")]
    return [[field, _digest(bench.pictures.open(name))] for field, name in found if name]


def _digest(image: Image.Image) -> str:
    return hashlib.sha256(f"{image.mode} {image.size} ".encode() + image.tobytes()).hexdigest()


def _files(made: GenerationPlan, bench: Workbench) -> Iterator[str]:
    """Yield what identifies the files that prompts name."""
    texts = {text for image in made.images for text in (
        image.prompt, image.negative_prompt, image.hires_prompt, image.hires_negative_prompt)}
    for text in texts:
        tags = [tag for tag in extract_tags(text)[1] if tag.positional]
        named = [find_network(bench.networks, tag.kind, tag.positional[0]) for tag in tags]
        embeddings = [entry for entry in bench.networks.embeddings if entry.name.lower() in text.lower()]
        for entry in filter(None, (*named, *embeddings)):
            yield f"{entry.name} {bench.networks.short_hash(entry)}"


def _stamp(path: Path) -> str:
    status = path.stat()
    return f"{path.name} {status.st_size} {status.st_mtime_ns}"


def _own_attributes(p: StableDiffusionProcessing) -> dict[str, Any]:
    """Return what plugins have put on ``p``, besides the fields it has and into infotexts."""
    known = {SEED_WAS_RANDOM, *(one.name for one in fields(p))}
    own = {name: value for name, value in vars(p).items() if name not in known and not name.startswith("_")}
    told = {f"told {name}": value for name, value in (p.extra_generation_params or {}).items()}
    return {name: value for name, value in {**own, **told}.items() if isinstance(value, _PLAIN)}


def _scripts(p: StableDiffusionProcessing) -> list[Any]:
    """Return the scripts that take part, with their values. Parts of the page that are scripts say nothing new."""
    runner = p.scripts
    args = list(p.script_args or ())
    return [[script.plugin, script.name, _stamp(Path(script.filename)), args[script.args_from or 0:script.args_to or 0]]
            for script in (runner.alwayson_scripts if runner is not None else ()) if not script.setup_for_ui_only]
