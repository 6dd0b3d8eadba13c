"""Ours, for scripts that start img2img from the noise that would have made the picture.

Names: InversionCache, InversionHooks, InversionOptions, InversionRequest. Put the hooks into ``p.generation_hooks``.
"""

from modules.compat.inversion import InversionCache, InversionHooks, InversionRequest
from modules.sampling.inversion import InversionOptions

__all__ = ["InversionCache", "InversionHooks", "InversionOptions", "InversionRequest"]
