"""A1111's ``modules.hypernetworks.hypernetwork`` (and the package it is in).

Names: list_hypernetworks, load_hypernetworks.
"""

import sys

from modules.compat.lazy import lazy_names
from modules.compat.missing_parts import do_nothing as load_hypernetworks
from modules.compat.shared_names import hypernetworks as list_files

__all__ = ["list_hypernetworks", "load_hypernetworks"]

def list_hypernetworks(path: str = "") -> dict[str, str]:
    """Return the files of hypernetworks by name, wherever they lie."""
    return list_files()

__getattr__ = lazy_names(__name__)
# A1111 has a package here: its modules are this one under further names
hypernetwork = sys.modules.setdefault(f"{__name__}.hypernetwork", sys.modules[__name__])
