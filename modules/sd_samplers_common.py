"""A1111's ``modules.sd_samplers_common``: what samplers have in common.

Names: InterruptedException, Sampler, SamplerData, approximation_indexes, decode_first_stage,
images_tensor_to_samples, sample_to_image, samples_to_image_grid, samples_to_images_tensor, single_sample_to_image,
store_latent.
"""

from modules.compat.latents import (
    approximation_indexes,
    decode_first_stage,
    images_tensor_to_samples,
    sample_to_image,
    samples_to_image_grid,
    samples_to_images_tensor,
    single_sample_to_image,
    store_latent,
)
from modules.compat.lazy import lazy_names
from modules.compat.samplers import InterruptedException, Sampler, SamplerData

__all__ = [
    "InterruptedException", "Sampler", "SamplerData", "approximation_indexes", "decode_first_stage",
    "images_tensor_to_samples", "sample_to_image", "samples_to_image_grid", "samples_to_images_tensor",
    "single_sample_to_image", "store_latent",
]

__getattr__ = lazy_names(__name__)
