"""A1111's ``modules.shared_init``.

Names: initialize.
"""

from modules.compat.missing_parts import do_nothing as initialize

__all__ = ["initialize"]
