"""A1111's ``modules.modelloader``: finding and fetching files of models.

Names: friendly_name, load_file_from_url, load_models, load_upscalers.
"""

from modules.compat.lazy import lazy_names
from modules.compat.model_files import friendly_name, load_file_from_url, load_models
from modules.compat.upscalers import load_upscalers

__all__ = ["friendly_name", "load_file_from_url", "load_models", "load_upscalers"]

__getattr__ = lazy_names(__name__)
