"""A1111's ``modules.util``: files and names.

Names: compare_sha256, html, html_path, ldm_print, listfiles, load_file_from_url, natural_sort_key, open_folder,
topological_sort, truncate_path, walk_files.
"""

from modules.compat.lazy import lazy_names
from modules.compat.small_tools import (
    compare_sha256,
    html,
    html_path,
    ldm_print,
    listfiles,
    load_file_from_url,
    natural_sort_key,
    open_folder,
    topological_sort,
    truncate_path,
    walk_files,
)

__all__ = [
    "compare_sha256", "html", "html_path", "ldm_print", "listfiles", "load_file_from_url", "natural_sort_key",
    "open_folder", "topological_sort", "truncate_path", "walk_files",
]

__getattr__ = lazy_names(__name__)
