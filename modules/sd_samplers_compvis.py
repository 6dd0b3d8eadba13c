"""A1111's ``modules.sd_samplers_compvis``, its older name of ``sd_samplers_timesteps``.

Names: CFGDenoiserTimesteps, CompVisSampler, VanillaStableDiffusionSampler.
"""

from modules.compat.samplers import CFGDenoiserTimesteps, CompVisSampler

__all__ = ["CFGDenoiserTimesteps", "CompVisSampler", "VanillaStableDiffusionSampler"]

VanillaStableDiffusionSampler = CompVisSampler
