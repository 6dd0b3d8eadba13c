"""A1111's ``modules.logging_config``.

Names: setup_logging.
"""

from modules.compat.missing_parts import do_nothing as setup_logging

__all__ = ["setup_logging"]
