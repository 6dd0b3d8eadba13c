"""A1111's ``modules.sd_hijack_optimizations``: ways to compute attention.

Names: SdOptimization.
"""

from modules.compat.lazy import lazy_names
from modules.compat.missing_parts import SdOptimization

__all__ = ["SdOptimization"]

__getattr__ = lazy_names(__name__)
