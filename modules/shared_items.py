"""A1111's ``modules.shared_items``: what menus list.

Names: list_checkpoint_tiles, list_samplers, realesrgan_models_names, refresh_checkpoints, refresh_vae_list,
reload_hypernetworks, sd_vae_items.
"""

from modules.compat.lazy import lazy_names
from modules.compat.shared_names import (
    list_checkpoint_tiles,
    list_samplers,
    realesrgan_models_names,
    refresh_checkpoints,
    refresh_vae_list,
    reload_hypernetworks,
    sd_vae_items,
)

__all__ = [
    "list_checkpoint_tiles", "list_samplers", "realesrgan_models_names", "refresh_checkpoints", "refresh_vae_list",
    "reload_hypernetworks", "sd_vae_items",
]

__getattr__ = lazy_names(__name__)
