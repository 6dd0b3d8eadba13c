"""A1111's ``modules.models`` (``diffusion.uni_pc``): solvers of its own.

Nothing of it exists here; using its names says what to use instead.
"""

import sys

from modules.compat.lazy import lazy_names

__getattr__ = lazy_names(__name__)
# A1111 has a package here: its modules are this one under further names
diffusion = sys.modules.setdefault(f"{__name__}.diffusion", sys.modules[__name__])
uni_pc = sys.modules.setdefault(f"{__name__}.diffusion.uni_pc", sys.modules[__name__])
sampler = sys.modules.setdefault(f"{__name__}.diffusion.uni_pc.sampler", sys.modules[__name__])
