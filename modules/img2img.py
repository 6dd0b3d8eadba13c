"""A1111's ``modules.img2img``. Extensions replace ``process_batch``.

Names: process_batch.
"""

from modules.compat.lazy import lazy_names
from modules.compat.processing_calls import process_batch

__all__ = ["process_batch"]

__getattr__ = lazy_names(__name__)
