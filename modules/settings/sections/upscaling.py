"""Networks that enlarge and repair pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.settings.option import option


@dataclass(frozen=True)
class UpscalingSettings:
    """How pictures are enlarged."""

    title: ClassVar[str] = "Upscaling"

    ESRGAN_tile: int = option(192, "Tile size of upscalers", minimum=0, maximum=512, step=16,
                              info="in pixels; 0: the whole picture at once")
    ESRGAN_tile_overlap: int = option(8, "Overlap of tiles", minimum=0, maximum=48, info="in pixels")
    upscaler_for_img2img: str = option("None", "Upscaler for img2img")


@dataclass(frozen=True)
class FaceRestorationSettings:
    """How faces are repaired."""

    title: ClassVar[str] = "Face restoration"

    face_restoration: bool = option(False, "Restore faces", infotext="Face restoration")
    face_restoration_model: str = option("CodeFormer", "Face restoration model", choices=("CodeFormer", "GFPGAN"))
    code_former_weight: float = option(0.5, "CodeFormer weight", minimum=0, maximum=1, step=0.01,
                                       info="0: the strongest effect, 1: the smallest")
    save_images_before_face_restoration: bool = option(False, "Also save the picture before faces are restored")
