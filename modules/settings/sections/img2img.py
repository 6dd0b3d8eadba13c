"""Pictures made from pictures, and pictures enlarged on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from modules.settings.option import option


@dataclass(frozen=True)
class Img2imgSettings:
    """How a picture becomes another one."""

    title: ClassVar[str] = "img2img"

    inpainting_mask_weight: float = option(
        1.0, "Inpainting conditioning mask strength", minimum=0, maximum=1, step=0.01,
        infotext="Conditional mask weight", info="how little of the masked area inpainting models see")
    initial_noise_multiplier: float = option(1.0, "Noise multiplier", minimum=0, maximum=1.5, step=0.001,
                                             infotext="Noise multiplier")
    img2img_extra_noise: float = option(0.0, "Extra noise", minimum=0, maximum=1, step=0.01, infotext="Extra noise",
                                        info="keeps detail that denoising would smooth away")
    img2img_color_correction: bool = option(False, "Give results the colours of the original")
    save_images_before_color_correction: bool = option(False, "Also save the picture before its colours are changed")
    img2img_fix_steps: bool = option(False, "Do exactly as many steps as the slider says",
                                     info="else the denoising strength takes its share of them")
    img2img_background_color: str = option("#ffffff", "Background of transparent pictures")
    img2img_batch_show_results_limit: int = option(32, "Most pictures of a batch to show", minimum=-1, maximum=1000,
                                                   step=1, info="-1: all")
    overlay_inpaint: bool = option(True, "Put the original over the result where nothing was masked")
    save_init_img: bool = option(False, "Save the picture that img2img started from")
    return_mask: bool = option(False, "Show the mask with the results")
    return_mask_composite: bool = option(False, "Show the masked part alone with the results")
    save_mask: bool = option(False, "Save the mask")
    save_mask_composite: bool = option(False, "Save the masked part alone")


@dataclass(frozen=True)
class HiresSettings:
    """How hires fix makes a picture larger."""

    title: ClassVar[str] = "Hires fix and refiner"

    hires_fix_refiner_pass: str = option("second pass", "The refiner takes part in the",
                                         choices=("first pass", "second pass", "both passes"),
                                         infotext="Hires refiner")
    hires_fix_use_firstpass_conds: bool = option(False, "Keep the first pass's networks")
    use_old_hires_fix_width_height: bool = option(False, "Width and height are the large picture's, as before 1.0")
    save_images_before_highres_fix: bool = option(False, "Also save the picture before it is enlarged")
    refiner_switch_by_sample_steps: bool = option(
        False, "Switch to the refiner by steps, as before 1.8", infotext="Refiner switch by sampling steps")
