"""A1111's ``modules.deepbooru``: describing pictures with tags.

Names: re_special.
"""

import re

from modules.compat.lazy import lazy_names

__all__ = ["re_special"]

re_special = re.compile(r"([\\()])")

__getattr__ = lazy_names(__name__)
