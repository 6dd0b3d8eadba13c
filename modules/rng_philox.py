"""A1111's ``modules.rng_philox``: random numbers as NVIDIA cards make them.

Names: Generator.
"""

from modules.sampling.philox import PhiloxGenerator as Generator

__all__ = ["Generator"]
