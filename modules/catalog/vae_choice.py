"""Which VAE a checkpoint is used with.

Reference: A1111 v1.10.1; spec of VAE selection: flag, setting, the model's own preference, the file beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

AUTOMATIC = "Automatic"
NO_VAE = "None"


@dataclass(frozen=True)
class VaeWish:
    """What there is to go by. ``preferred`` is the ``vae`` of the checkpoint's own notes."""

    checkpoint_stem: str
    flag: Path | None = None
    setting: str = AUTOMATIC
    model_preference_wins: bool = True
    preferred: str = ""


@dataclass(frozen=True)
class VaeChoice:
    """The file to use (None: the checkpoint's own VAE) and, for the person, why."""

    path: Path | None
    reason: str
    missing: str = ""
    """A name that was asked for and is not there."""


def choose_vae(wish: VaeWish, available: Mapping[str, Path]) -> VaeChoice:
    """Choose among the VAE files there are, by file name."""
    if wish.flag is not None:
        return VaeChoice(wish.flag, "--vae-path")
    if wish.setting != AUTOMATIC and not wish.model_preference_wins:
        return _by_name(wish.setting, "the setting", available)
    if wish.preferred not in ("", AUTOMATIC):
        return _by_name(wish.preferred, "the checkpoint's notes", available)
    beside = _named_like(wish.checkpoint_stem, available)
    if beside is not None:
        return VaeChoice(beside, "it is named like the checkpoint")
    if wish.setting == AUTOMATIC:
        return VaeChoice(None, "no other VAE was asked for")
    return _by_name(wish.setting, "the setting", available)


def _by_name(name: str, reason: str, available: Mapping[str, Path]) -> VaeChoice:
    if name == NO_VAE:
        return VaeChoice(None, reason)
    path = available.get(name)
    return VaeChoice(path, reason) if path else VaeChoice(None, reason, missing=name)


def _named_like(stem: str, available: Mapping[str, Path]) -> Path | None:
    return next((path for path in available.values() if path.name.startswith(stem)), None)
