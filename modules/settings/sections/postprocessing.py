"""Working on finished pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.settings.option import option

CAPTION_ACTIONS = ("Ignore", "Keep", "Prepend", "Append")


@dataclass(frozen=True)
class PostprocessingSettings:
    """What the Extras tab does, and in which order."""

    title: ClassVar[str] = "Postprocessing"

    postprocessing_disable_in_extras: list[str] = option(
        [], "Operations to leave out of the Extras tab", needs_reload=True)
    postprocessing_operation_order: list[str] = option(
        [], "Operations to do first, in this order", info="all others follow in their usual order")
    postprocessing_enable_in_main_ui: list[str] = option(
        [], "Operations of plugins to show on the txt2img and img2img tabs", needs_reload=True)
    postprocessing_existing_caption_action: str = option(
        "Ignore", "When a text file with a caption lies beside a result already", choices=CAPTION_ACTIONS,
        info="Ignore: write the new caption over it")
    upscaling_max_images_in_cache: int = option(
        5, "Enlarged pictures to keep in memory", minimum=0, maximum=10, step=1,
        info="so that the same picture is not enlarged again while you try other controls")
    use_original_name_batch: bool = option(
        True, "Name the results of several pictures like the originals", info="otherwise they are numbered")
