"""A1111's ``modules.script_loading``: loading a script's file.

Names: load_module, loaded_scripts.
"""

from modules.compat.lazy import lazy_names
from modules.compat.restarting import load_module

__all__ = ["load_module", "loaded_scripts"]

loaded_scripts: dict[str, object] = {}

__getattr__ = lazy_names(__name__)
