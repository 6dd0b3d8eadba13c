"""A1111's ``modules.sd_samplers_cfg_denoiser``: the guided denoiser.

Names: CFGDenoiser, catenate_conds, pad_cond, subscript_cond.
"""

from modules.compat.cond_tools import catenate_conds, pad_cond, subscript_cond
from modules.compat.samplers import CFGDenoiser

__all__ = ["CFGDenoiser", "catenate_conds", "pad_cond", "subscript_cond"]
