"""A1111's ``modules.lowvram``: models that take turns on the device.

Names: apply, is_enabled, is_needed, send_everything_to_cpu, setup_for_low_vram.
"""

from modules.compat.missing_parts import do_nothing as apply
from modules.compat.missing_parts import do_nothing as setup_for_low_vram
from modules.compat.missing_parts import is_low_memory as is_enabled
from modules.compat.missing_parts import is_low_memory as is_needed
from modules.compat.missing_parts import send_everything_to_cpu

__all__ = ["apply", "is_enabled", "is_needed", "send_everything_to_cpu", "setup_for_low_vram"]
