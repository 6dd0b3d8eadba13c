"""A1111's ``modules.masking``: the masked part of a picture.

Names: get_crop_region, get_crop_region_v2, expand_crop_region, fill.
"""

from modules.compat.masking import expand_crop_region, fill, get_crop_region, get_crop_region_v2

__all__ = ["expand_crop_region", "fill", "get_crop_region", "get_crop_region_v2"]
