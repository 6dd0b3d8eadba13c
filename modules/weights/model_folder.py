"""A model as diffusers keeps it: a folder with a folder for each part.

Names inside the parts are told apart by the part's name and a dot before them: ``unet.conv_in.weight``.
Reference: the layout that ``DiffusionPipeline.save_pretrained`` writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from modules.foundation.errors import ModelFileError

INDEX = "model_index.json"
PARTS = ("unet", "vae", "text_encoder", "text_encoder_2", "depth_estimator")
_MAIN_PART = "unet"
_MAX_INDEX_BYTES = 1 << 20
_NAMES = tuple(re.compile(rf"(diffusion_pytorch_model|pytorch_model|model){middle}\.{ending}")
               for ending in ("safetensors", "bin")
               for middle in ("", r"-\d{5}-of-\d{5}", r"\.fp16", r"\.fp16-\d{5}-of-\d{5}"))
"""What files of weights are called, the best first: safetensors, whole, in full precision."""


def is_model_folder(path: Path) -> bool:
    """Whether a folder is a model, and not one with models in it."""
    return (path / INDEX).is_file()


def files_of_parts(folder: Path) -> dict[str, list[Path]]:
    """Find the files of each part there is; a part may be cut into several files."""
    parts = {part: _weights_in(folder / part) for part in PARTS}
    return {part: files for part, files in parts.items() if files}


def main_file(path: Path) -> Path:
    """Give the file that a model is known by: itself, or a folder's U-Net, or its index where there is none."""
    if not is_model_folder(path):
        return path
    return next(iter(_weights_in(path / _MAIN_PART)), path / INDEX)


def read_index(folder: Path) -> dict[str, str]:
    """Read what the folder says of itself: the class that diffusers would use. Raises: ModelFileError."""
    path = folder / INDEX
    try:
        content = json.loads(path.read_text(encoding="utf-8")) if path.stat().st_size <= _MAX_INDEX_BYTES else None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelFileError(f"{folder.name}/{INDEX} could not be read ({str(error)[:80]}).",
                             remedy="Copy the folder of the model again.") from error
    named = content.get("_class_name") if isinstance(content, Mapping) else None
    return {"diffusers.pipeline": named} if isinstance(named, str) else {}


def _weights_in(folder: Path) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError:
        return []
    found = ([path for path in files if pattern.fullmatch(path.name)] for pattern in _NAMES)
    return next((paths for paths in found if paths), [])
