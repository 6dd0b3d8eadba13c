"""A1111's ``modules.txt2img``.

Nothing of it exists here; using its names says what to use instead.
"""

from modules.compat.lazy import lazy_names

__getattr__ = lazy_names(__name__)
