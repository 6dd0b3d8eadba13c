"""What an infotext leaves unsaid: defaults, and what older versions meant by it."""

from __future__ import annotations

import math
from typing import Any

from packaging.version import Version

DEFAULTS: dict[str, Any] = {
    "Clip skip": "1",
    "Hires resize-1": 0,
    "Hires resize-2": 0,
    "Hires sampler": "Use same sampler",
    "Hires schedule type": "Use same scheduler",
    "Hires checkpoint": "Use same checkpoint",
    "Hires prompt": "",
    "Hires negative prompt": "",
    "Mask mode": "Inpaint masked",
    "Masked content": "original",
    "Inpaint area": "Whole picture",
    "Masked area padding": 32,
    "RNG": "GPU",
    "Schedule type": "Automatic",
    "Schedule max sigma": 0,
    "Schedule min sigma": 0,
    "Schedule rho": 0,
    "VAE Encoder": "Full",
    "VAE Decoder": "Full",
    "FP8 weight": "Disable",
    "Refiner switch by sampling steps": False,
}
"""The types are part of the contract: plugins compare these values."""

OLD_FIRST_PASS_AREA = 512 * 512
MAX_VERSION_CHARS = 64


def add_defaults(fields: dict[str, Any], *, emphasis: bool) -> None:
    """Fill in every missing key that has a default; ``emphasis`` says whether the prompts use it."""
    for key, value in DEFAULTS.items():
        fields.setdefault(key, value)
    if fields["FP8 weight"] != "Disable":
        fields.setdefault("Cache FP16 weight for LoRA", False)
    if emphasis:
        fields.setdefault("Emphasis", "Original")


def add_hypernetwork(fields: dict[str, Any]) -> None:
    """Turn the hypernetwork keys of versions before 1.0 into a tag in the prompt."""
    name = fields.get("Hypernet")
    if name is not None:
        fields["Prompt"] += f"<hypernet:{name}:{fields.get('Hypernet strength', '1.0')}>"


def restore_first_pass(fields: dict[str, Any], *, use_hires_size: bool = False) -> None:
    """Turn the ``First pass size`` of old versions into a size and a second-pass size."""
    if use_hires_size:
        resize = _pair(fields, "Hires resize")
        if resize and all(resize):
            fields["Size-1"], fields["Size-2"] = resize
        return
    first = _pair(fields, "First pass size")
    if first is None:
        return
    final = _pair(fields, "Size") or (512, 512)
    if not all(first):
        if not all(final):
            return
        first = first_pass_size(*final)
    fields["Size-1"], fields["Size-2"] = first
    fields["Hires resize-1"], fields["Hires resize-2"] = final


def first_pass_size(width: int, height: int) -> tuple[int, int]:
    """Size the first pass so that it has the area of 512x512, in steps of 64."""
    scale = math.sqrt(OLD_FIRST_PASS_AREA / (width * height))
    return math.ceil(scale * width / 64) * 64, math.ceil(scale * height / 64) * 64


def follow_old_versions(fields: dict[str, Any]) -> None:
    """Ask for the behaviour of the version that made the picture, where it has changed since."""
    version = parse_version(fields.get("Version"))
    if version is None:
        return
    if version < Version("1.6.0"):
        if "[" in fields["Prompt"]:
            fields["Old prompt editing timelines"] = True
        if fields.get("Sampler") in ("DDIM", "PLMS"):
            fields["Pad conds v0"] = True
    if version < Version("1.7.0.post225"):
        fields["Downcast alphas_cumprod"] = True
    if version < Version("1.8.0") and "Refiner" in fields:
        fields["Refiner switch by sampling steps"] = True


def knows_hires_styles(text: str | None) -> bool:
    """Say whether this version applied styles to the prompts of the second pass."""
    version = parse_version(text)
    return version is None or version > Version("1.8.0.post139")


def parse_version(text: str | None) -> Version | None:
    """Read ``v1.7.0-225-gabcd`` as 1.7.0.post225; None for anything that is no version."""
    if not text or len(text) > MAX_VERSION_CHARS:
        return None
    try:
        return Version("-".join(text.split("-")[:2]))
    except ValueError:
        return None


def _pair(fields: dict[str, Any], key: str) -> tuple[int, int] | None:
    """Read a size; None where it is missing or beyond anything a picture can have."""
    texts = str(fields.get(f"{key}-1", "")), str(fields.get(f"{key}-2", ""))
    if not all(text.isdecimal() and len(text) < 10 for text in texts):
        return None
    return int(texts[0]), int(texts[1])
