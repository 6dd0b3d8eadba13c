"""A1111's ``modules.sd_hijack``: embeddings, token counts and remarks of the model in memory.

Names: StableDiffusionModelHijack, current_optimizer, model_hijack, optimizers.
"""

from modules.compat.hijack import ModelHijack as StableDiffusionModelHijack
from modules.compat.hijack import model_hijack
from modules.compat.lazy import lazy_names

__all__ = ["StableDiffusionModelHijack", "current_optimizer", "model_hijack", "optimizers"]

optimizers: list[object] = []
current_optimizer: object = None

__getattr__ = lazy_names(__name__)
