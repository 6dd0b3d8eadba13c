"""A1111's ``modules.initialize``.

Names: check_versions, imports, initialize, initialize_rest.
"""

from modules.compat.missing_parts import do_nothing as check_versions
from modules.compat.missing_parts import do_nothing as imports
from modules.compat.missing_parts import do_nothing as initialize
from modules.compat.missing_parts import do_nothing as initialize_rest

__all__ = ["check_versions", "imports", "initialize", "initialize_rest"]
