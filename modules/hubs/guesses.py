"""What a file seems to be for, by its name and size, and the name it should have on this computer."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from modules.foundation.safe_names import safe_name

CHECKPOINT, VAE, LORA, EMBEDDING, HYPERNETWORK, UPSCALER = KINDS = (
    "checkpoint", "vae", "lora", "embedding", "hypernetwork", "upscaler")
SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth", ".bin")
"""Endings of files that hold weights."""
_WORDS = (
    (UPSCALER, re.compile(r"esrgan|upscal|swinir|(^|[^a-z0-9])[248]x|x[248]([^a-z0-9]|$)")),
    (VAE, re.compile(r"(^|[^a-z])vae([^a-z]|$)|vae[-_.]?ft|kl-f8")),
    (LORA, re.compile(r"lora|lycoris|locon|loha|lokr")),
    (HYPERNETWORK, re.compile(r"hypernet")),
    (EMBEDDING, re.compile(r"embedding|textual|inversion|learned_embeds")),
)
_SMALLEST_CHECKPOINT, _LARGEST_EMBEDDING = 1_000_000_000, 2_000_000
_MEANINGLESS = frozenset({"pytorch_lora_weights", "diffusion_pytorch_model", "model", "learned_embeds",
                          "pytorch_model", "adapter_model"})
_PIECES = frozenset({"unet", "text_encoder", "text_encoder_2", "safety_checker", "image_encoder", "vae",
                     "vae_encoder", "vae_decoder", "vae_1_0", "tokenizer", "feature_extractor", "transformer"})


def is_whole_model(path: str) -> bool:
    """Whether a file of a repository can be used alone, and is not a part of a model in pieces."""
    place = PurePosixPath(path)
    return place.suffix.lower() in SUFFIXES and not set(place.parts[:-1]) & _PIECES and not re.search(
        r"-\d{5}-of-\d{5}$", place.stem)


def guess_kind(path: str, size_bytes: int, about: str = "") -> str:
    """Guess what a file is for; ``about`` is what else is said of it, such as the repository's name and tags."""
    for text in (path.lower(), about.lower()):
        for kind, words in _WORDS:
            if words.search(text) and not (kind == VAE and size_bytes >= _SMALLEST_CHECKPOINT):
                return kind
    if 0 < size_bytes <= _LARGEST_EMBEDDING:
        return EMBEDDING
    return LORA if 0 < size_bytes < _SMALLEST_CHECKPOINT else CHECKPOINT


def name_for(path: str, repository: str = "") -> str:
    """Name a file: as it is called, unless that says nothing; then as its repository is called."""
    place = PurePosixPath(path.replace("\\", "/"))
    stem = repository if repository and place.stem in _MEANINGLESS else place.stem
    return safe_name(stem[:180], place.suffix.lower())
