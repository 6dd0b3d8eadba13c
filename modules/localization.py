"""A1111's ``modules.localization``: translations of the page.

Names: list_localizations, localization_js, localizations.
"""

from modules.compat.lazy import lazy_names
from modules.compat.missing_parts import do_nothing as list_localizations
from modules.compat.missing_parts import find_localizations, localization_js

__all__ = ["list_localizations", "localization_js"]

__getattr__ = lazy_names(__name__, {"localizations": find_localizations})
