"""A1111's ``modules.extensions``: which extensions there are.

Names: Extension, active, extension_paths, extensions, extensions_builtin_dir, extensions_dir, find_extension,
list_extensions.
"""

from modules.compat.extension_list import Extension, active, find_extension, list_extensions
from modules.compat.extension_list import extension_paths as get_extension_paths
from modules.compat.extension_list import extensions as get_extensions
from modules.compat.lazy import lazy_names
from modules.compat.places import extensions_builtin_dir
from modules.compat.places import extensions_dir as get_extensions_dir

__all__ = ["Extension", "active", "extensions_builtin_dir", "find_extension", "list_extensions"]

__getattr__ = lazy_names(__name__, {
    "extensions": get_extensions, "extension_paths": get_extension_paths, "extensions_dir": get_extensions_dir,
})
