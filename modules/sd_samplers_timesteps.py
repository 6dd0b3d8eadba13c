"""A1111's ``modules.sd_samplers_timesteps`` and ``sd_samplers_compvis``: samplers on timesteps.

Names: CFGDenoiserTimesteps, CompVisSampler, VanillaStableDiffusionSampler, samplers_data_timesteps,
samplers_timesteps.
"""

from modules.compat.lazy import lazy_names
from modules.compat.sampler_tables import samplers_data_timesteps as get_samplers_data_timesteps
from modules.compat.sampler_tables import samplers_timesteps as get_samplers_timesteps
from modules.compat.samplers import CFGDenoiserTimesteps, CompVisSampler

__all__ = ["CFGDenoiserTimesteps", "CompVisSampler", "VanillaStableDiffusionSampler"]

VanillaStableDiffusionSampler = CompVisSampler

__getattr__ = lazy_names(__name__, {
    "samplers_timesteps": get_samplers_timesteps, "samplers_data_timesteps": get_samplers_data_timesteps,
})
