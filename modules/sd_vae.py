"""A1111's ``modules.sd_vae``: which VAE is used.

Names: VaeResolution, find_vae_near_checkpoint, get_filename, get_loaded_vae_hash, get_loaded_vae_name,
loaded_vae_file, refresh_vae_list, reload_vae_weights, resolve_vae, unspecified, vae_dict, vae_path.
"""

from modules.compat.lazy import lazy_names
from modules.compat.vaes import (
    VaeResolution,
    find_vae_near_checkpoint,
    get_filename,
    get_loaded_vae_hash,
    get_loaded_vae_name,
    refresh_vae_list,
    reload_vae_weights,
    resolve_vae,
    unspecified,
)
from modules.compat.vaes import loaded_vae_file as get_loaded_vae_file
from modules.compat.vaes import vae_dict as get_vae_dict
from modules.compat.vaes import vae_path as get_vae_path

__all__ = [
    "VaeResolution", "find_vae_near_checkpoint", "get_filename", "get_loaded_vae_hash", "get_loaded_vae_name",
    "refresh_vae_list", "reload_vae_weights", "resolve_vae", "unspecified",
]

__getattr__ = lazy_names(__name__, {
    "vae_dict": get_vae_dict, "vae_path": get_vae_path, "loaded_vae_file": get_loaded_vae_file,
})
