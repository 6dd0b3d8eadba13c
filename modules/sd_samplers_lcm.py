"""A1111's ``modules.sd_samplers_lcm``.

Names: CFGDenoiserLCM, LCMSampler.
"""

from modules.compat.lazy import lazy_names
from modules.compat.samplers import CFGDenoiserLCM
from modules.compat.samplers import KDiffusionSampler as LCMSampler

__all__ = ["CFGDenoiserLCM", "LCMSampler"]

__getattr__ = lazy_names(__name__)
