"""A1111's ``modules.sd_unet``: U-Nets of extensions.

Names: SdUnet, SdUnetOption, apply_unet, current_unet, current_unet_option, list_unets, unet_options.
"""

from modules.compat.lazy import lazy_names
from modules.compat.missing_parts import SdUnet, SdUnetOption
from modules.compat.missing_parts import do_nothing as apply_unet
from modules.compat.missing_parts import do_nothing as list_unets
from modules.compat.missing_parts import unet_options as get_unet_options

__all__ = ["SdUnet", "SdUnetOption", "apply_unet", "current_unet", "current_unet_option", "list_unets"]

current_unet: SdUnet | None = None
current_unet_option: SdUnetOption | None = None

__getattr__ = lazy_names(__name__, {"unet_options": get_unet_options})
