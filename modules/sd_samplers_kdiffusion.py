"""A1111's ``modules.sd_samplers_kdiffusion``: samplers on noise levels.

Names: CFGDenoiser, CFGDenoiserKDiffusion, KDiffusionSampler, k_diffusion_samplers_map, k_diffusion_scheduler,
sampler_extra_params, samplers_data_k_diffusion, samplers_k_diffusion.
"""

from modules.compat.lazy import lazy_names
from modules.compat.sampler_tables import k_diffusion_samplers_map as get_k_diffusion_samplers_map
from modules.compat.sampler_tables import k_diffusion_scheduler as get_k_diffusion_scheduler
from modules.compat.sampler_tables import sampler_extra_params as get_sampler_extra_params
from modules.compat.sampler_tables import samplers_data_k_diffusion as get_samplers_data_k_diffusion
from modules.compat.sampler_tables import samplers_k_diffusion as get_samplers_k_diffusion
from modules.compat.samplers import CFGDenoiser, CFGDenoiserKDiffusion, KDiffusionSampler

__all__ = ["CFGDenoiser", "CFGDenoiserKDiffusion", "KDiffusionSampler"]

__getattr__ = lazy_names(__name__, {
    "samplers_k_diffusion": get_samplers_k_diffusion, "samplers_data_k_diffusion": get_samplers_data_k_diffusion,
    "k_diffusion_samplers_map": get_k_diffusion_samplers_map, "sampler_extra_params": get_sampler_extra_params,
    "k_diffusion_scheduler": get_k_diffusion_scheduler,
})
