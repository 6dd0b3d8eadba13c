"""A1111's ``modules.hashes``: hashes of files, computed once.

Names: addnet_hash_safetensors, cache, calculate_sha256, dump_cache, sha256, sha256_from_cache.
"""

from modules.compat.caching import (
    addnet_hash_safetensors,
    cache,
    calculate_sha256,
    dump_cache,
    sha256,
    sha256_from_cache,
)

__all__ = ["addnet_hash_safetensors", "cache", "calculate_sha256", "dump_cache", "sha256", "sha256_from_cache"]
