"""A1111's ``modules.safe``: opening model files that are Python pickles.

Names: Extra, load, load_with_extra, unsafe_torch_load.
"""

from modules.compat.lazy import lazy_names
from modules.compat.safe_loading import Extra, load, load_with_extra
from modules.compat.safe_loading import unsafe_torch_load as get_unsafe_torch_load

__all__ = ["Extra", "load", "load_with_extra"]

__getattr__ = lazy_names(__name__, {"unsafe_torch_load": get_unsafe_torch_load})
