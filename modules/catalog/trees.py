"""Folders of models that other programs use: which of their folders hold what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

CHECKPOINTS = ("Stable-diffusion", "checkpoints")
VAES = ("VAE", "vae")
LORAS = ("Lora", "LyCORIS", "loras")
HYPERNETWORKS = ("hypernetworks",)
EMBEDDINGS = ("embeddings",)
_MODELS = "models"


def folders_in(tree: Path, names: Sequence[str]) -> tuple[Path, ...]:
    """Find the folders of these names, whatever their case, in a program's folder or in ``models`` below it.

    The names are AUTOMATIC1111's (Forge's too) and ComfyUI's; the tree may be the program's own folder, or its
    folder of models.
    """
    wanted = {name.lower() for name in names}
    places = [tree, *(folder for folder in _subfolders(tree) if folder.name.lower() == _MODELS)]
    return tuple(folder for place in places for folder in _subfolders(place) if folder.name.lower() in wanted)


def _subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []
