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
    DAT_tile: int = option(192, "Tile size of DAT", minimum=0, maximum=512, step=16)
    DAT_tile_overlap: int = option(8, "Overlap of DAT's tiles", minimum=0, maximum=48)
    SWIN_tile: int = option(192, "Tile size of SwinIR", minimum=16, maximum=512, step=16)
    SWIN_tile_overlap: int = option(8, "Overlap of SwinIR's tiles", minimum=0, maximum=48)
    SCUNET_tile: int = option(256, "Tile size of ScuNET", minimum=0, maximum=512, step=16)
    SCUNET_tile_overlap: int = option(8, "Overlap of ScuNET's tiles", minimum=0, maximum=64)
    upscaler_for_img2img: str = option("None", "Upscaler for img2img")

    @property
    def tiles_of_kinds(self) -> tuple[tuple[str, int, int], ...]:
        """Give (kind of network, tile, overlap) for the kinds that have settings of their own. Units: pixels."""
        return (("DAT", self.DAT_tile, self.DAT_tile_overlap),
                ("SwinIR", self.SWIN_tile, self.SWIN_tile_overlap),
                ("ScuNET", self.SCUNET_tile, self.SCUNET_tile_overlap))


@dataclass(frozen=True)
class FaceRestorationSettings:
    """How faces are repaired."""

    title: ClassVar[str] = "Face restoration"

    face_restoration: bool = option(False, "Restore faces", infotext="Face restoration")
    face_restoration_model: str = option("CodeFormer", "Face restoration model", choices=("CodeFormer", "GFPGAN"))
    code_former_weight: float = option(0.5, "CodeFormer weight", minimum=0, maximum=1, step=0.01,
                                       info="0: the strongest effect, 1: the smallest")
    face_restoration_unload: bool = option(False, "Let the networks that restore faces leave memory after each job")
    save_images_before_face_restoration: bool = option(False, "Also save the picture before faces are restored")
