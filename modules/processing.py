"""What extensions import as ``modules.processing``.

``StableDiffusionProcessing``, ``…Txt2Img``, ``…Img2Img``, ``Processed``; ``process_images``, ``process_images_inner``,
``create_infotext``, ``fix_seed``, ``get_fixed_seed``, ``program_version``, ``create_random_tensors``, ``slerp``,
``decode_latent_batch``, ``setup_color_correction``, ``apply_color_correction``, ``apply_overlay``, ``uncrop``,
``create_binary_mask``, ``old_hires_fix_first_pass_dimensions``, ``opt_C``, ``opt_f``; of ours: ``identity_of``.
"""

from __future__ import annotations

from modules.compat.draft import (
    StableDiffusionProcessing,
    StableDiffusionProcessingImg2Img,
    StableDiffusionProcessingTxt2Img,
)
from modules.compat.identity import identity_of
from modules.compat.infotexts import create_infotext
from modules.compat.noise import create_random_tensors
from modules.compat.picture_parts import (
    apply_color_correction,
    apply_overlay,
    create_binary_mask,
    decode_latent_batch,
    old_hires_fix_first_pass_dimensions,
    setup_color_correction,
    slerp,
    uncrop,
)
from modules.compat.processed import Processed
from modules.compat.processing import (
    fix_seed,
    get_fixed_seed,
    process_images,
    process_images_inner,
    program_version,
    setup_prompts,
)

__all__ = [
    "Processed",
    "StableDiffusionProcessing",
    "StableDiffusionProcessingImg2Img",
    "StableDiffusionProcessingTxt2Img",
    "apply_color_correction",
    "apply_overlay",
    "create_binary_mask",
    "create_infotext",
    "create_random_tensors",
    "decode_latent_batch",
    "fix_seed",
    "get_fixed_seed",
    "identity_of",
    "old_hires_fix_first_pass_dimensions",
    "opt_C",
    "opt_f",
    "process_images",
    "process_images_inner",
    "program_version",
    "setup_color_correction",
    "setup_prompts",
    "slerp",
    "uncrop",
]

opt_C, opt_f = 4, 8
"""Channels of a latent, and pixels along one side of a latent cell."""
