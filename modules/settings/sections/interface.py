"""What is written about pictures, and how the page behaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.settings.option import option


@dataclass(frozen=True)
class InfotextSettings:
    """What is written about a picture, and what is read back."""

    title: ClassVar[str] = "Infotext"

    enable_pnginfo: bool = option(True, "Write the parameters into picture files")
    save_txt: bool = option(False, "Write the parameters to a text file beside each picture")
    add_model_name_to_info: bool = option(True, "Name the model")
    add_model_hash_to_info: bool = option(True, "Give the model's hash")
    add_vae_name_to_info: bool = option(True, "Name the VAE, where it is not the model's own")
    add_vae_hash_to_info: bool = option(True, "Give the VAE's hash")
    add_version_to_infotext: bool = option(True, "Give the program's version")
    disable_weights_auto_swap: bool = option(True, "Keep the checkpoint when parameters are pasted")
    infotext_styles: str = option("Apply if any", "Styles found in pasted parameters",
                                  choices=("Ignore", "Apply", "Discard", "Apply if any"))
    infotext_skip_pasting: list[str] = option([], "Parameters not to paste")


@dataclass(frozen=True)
class PreviewSettings:
    """What is shown while a picture is made."""

    title: ClassVar[str] = "Live previews"

    live_previews_enable: bool = option(True, "Show the picture while it is made")
    live_previews_image_format: str = option("jpeg", "Format of previews", choices=("jpeg", "png", "webp"))
    show_progress_grid: bool = option(True, "Show all pictures of a batch")
    show_progress_every_n_steps: int = option(1, "Sampling steps between previews", minimum=-1, maximum=32, step=1,
                                              info="-1: only after each batch")
    show_progress_type: str = option("Approx cheap", "How previews are made",
                                     choices=("Full", "Approx NN", "Approx cheap", "TAESD"),
                                     info="Full decodes with the VAE; the others are a fast approximation")
    live_preview_refresh_period: int = option(500, "Milliseconds between looks at the progress",
                                              minimum=100, maximum=10000)
    show_progress_in_title: bool = option(True, "Show the progress in the window title")


@dataclass(frozen=True)
class InterfaceSettings:
    """How the page behaves."""

    title: ClassVar[str] = "User interface"

    localization: str = option("None", "Language of the page", needs_reload=True,
                               info="from the folders localizations of this program and of extensions")
    return_grid: bool = option(True, "Show the grid in the gallery")
    send_seed: bool = option(True, "A picture sent to another tab brings its seed along")
    send_size: bool = option(True, "A picture sent to another tab brings its size along")
    img2img_editor_height: int = option(640, "Height of the places for pictures", minimum=80, maximum=1600, step=1,
                                        needs_reload=True, info="in pixels")
    img2img_inpaint_mask_brush_color: str = option("#ffffff", "Colour in which masks are shown", needs_reload=True)
    img2img_sketch_default_brush_color: str = option("#ffffff", "First colour of Sketch", needs_reload=True)
    img2img_inpaint_sketch_default_brush_color: str = option("#ffffff", "First colour of Inpaint sketch",
                                                             needs_reload=True)
    interrupt_after_current: bool = option(True, "The first click on Interrupt finishes the current picture",
                                           info="the second stops at once")
    keyedit_precision_attention: float = option(0.1, "Step of Ctrl+Up and Ctrl+Down for (words:1.1)",
                                                minimum=0.01, maximum=0.2, step=0.001)
    keyedit_precision_extra: float = option(0.05, "… and for <networks:0.9>", minimum=0.01, maximum=0.2,
                                            step=0.001)
    keyedit_delimiters: str = option(".,\\/!?%^*;:{}=`~() ", "Characters that end a word for it")
    disable_token_counters: bool = option(False, "Hide the token counters")
