"""What hooks are handed, and what they may change in it. Names as in A1111."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class PostprocessImageArgs:
    """A picture on its way; ``image`` may be replaced."""

    image: Any


@dataclass
class PostProcessMaskOverlayArgs:
    """What is laid over an inpainted picture; both may be replaced."""

    index: int
    mask_for_overlay: Any
    overlay_image: Any


@dataclass
class PostprocessBatchListArgs:
    """A batch; the list may change, also in length."""

    images: list[Any]


@dataclass
class PostSampleArgs:
    """Finished latents; may be replaced."""

    samples: Any


@dataclass
class MaskBlendArgs:
    """A latent being mixed with the original; ``blended_latent`` may be replaced."""

    current_latent: Any
    nmask: Any
    init_latent: Any
    mask: Any
    blended_latent: Any
    denoiser: Any = None
    is_final_blend: bool = False
    sigma: Any = None
