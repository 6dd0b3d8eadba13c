"""A1111's ``modules.cache``: what was worked out about files, kept.

Names: cache, cached_data_for_file, dump_cache.
"""

from modules.compat.caching import cache, cached_data_for_file, dump_cache

__all__ = ["cache", "cached_data_for_file", "dump_cache"]
