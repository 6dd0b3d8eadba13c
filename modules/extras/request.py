"""What a person asked to be done to pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modules.extras.autosized_crop import AutosizedCrop
from modules.extras.flipping import FlippedCopies
from modules.extras.focal_crop import FocalCrop
from modules.extras.splitting import SplitOversized
from modules.foundation.json_record import record_from_json, record_to_json

SCALE_BY, SCALE_TO = 0, 1


@dataclass(frozen=True)
class ExtrasRequest:
    """One press of Generate on the Extras tab, from whichever side it came. Ranges: ``checks.py``.

    Names are A1111's API's, where that has one. Pictures are named by their id in the ``PictureStore``.
    """

    images: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """File names of ``images``, after which results are called; without them results are numbered."""
    input_dir: str = ""
    """A folder of pictures, in place of ``images``."""
    input_files: tuple[str, ...] = ()
    """Names in that folder; empty: every picture in it."""
    output_dir: str = ""
    """Where results go; empty: the folder of the settings."""
    show_extras_results: bool = True
    resize_mode: int = SCALE_BY
    upscaling_resize: float = 2.0
    max_side_length: int = 0
    upscaling_resize_w: int = 512
    upscaling_resize_h: int = 512
    upscaling_crop: bool = True
    upscale_enabled: bool = True
    upscaler_1: str = "None"
    upscaler_2: str = "None"
    extras_upscaler_2_visibility: float = 0.0
    gfpgan_visibility: float = 0.0
    codeformer_visibility: float = 0.0
    codeformer_weight: float = 0.0
    split_oversized: SplitOversized | None = None
    focal_crop: FocalCrop | None = None
    autosized_crop: AutosizedCrop | None = None
    flipped_copies: FlippedCopies | None = None
    scripts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Values of the operations that plugins add: by the operation's name, then by the control's."""
    save_images: bool = True
    override_settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Settings (A1111 keys) in force for this request only."""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object without what is at its default."""
        return record_to_json(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ExtrasRequest:
        """Read what ``to_json`` wrote, or a person's JSON. Raises: InvalidRequestError naming the field."""
        return record_from_json(cls, values)
