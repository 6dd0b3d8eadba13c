"""A1111's ``modules.rng``: the noise of a batch.

Names: ImageRNG, create_generator, create_random_tensors, manual_seed, randn, randn_like, randn_local,
randn_without_seed, slerp.
"""

from modules.compat.devices import create_generator, manual_seed, randn, randn_like, randn_local, randn_without_seed
from modules.compat.noise import ImageRNG, create_random_tensors
from modules.sampling.noise import slerp

__all__ = [
    "ImageRNG", "create_generator", "create_random_tensors", "manual_seed", "randn", "randn_like", "randn_local",
    "randn_without_seed", "slerp",
]
