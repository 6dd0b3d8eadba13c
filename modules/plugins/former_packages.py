"""Packages that A1111's environment had and ours has not: extensions import them without ever asking for them."""

from __future__ import annotations

PACKAGES = {
    "aiohttp": "aiohttp", "altair": "altair", "blendmodes": "blendmodes", "diskcache": "diskcache",
    "einops": "einops", "git": "GitPython", "inflection": "inflection", "jsonmerge": "jsonmerge", "kornia": "kornia",
    "lark": "lark", "markdown": "markdown", "matplotlib": "matplotlib", "omegaconf": "omegaconf", "piexif": "piexif",
    "pytorch_lightning": "pytorch-lightning", "requests": "requests", "resize_right": "resize-right",
    "skimage": "scikit-image", "timm": "timm", "tomesd": "tomesd", "torchdiffeq": "torchdiffeq",
    "torchsde": "torchsde",
}
"""Names on PyPI by the name that is imported."""
QUICKLY = ("--retries", "1", "--timeout", "15")
"""Without a connection, the start shall not wait for long."""


def former_package(error: ModuleNotFoundError) -> str | None:
    """Return the package that would have let an import succeed; None for what was never there."""
    return PACKAGES.get((error.name or "").split(".")[0])
