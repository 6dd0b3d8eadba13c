"""A1111's ``modules.sd_schedulers``: schedules of noise levels.

Names: Scheduler, schedulers, schedulers_map.
"""

from modules.compat.lazy import lazy_names
from modules.compat.samplers import Scheduler, list_schedulers
from modules.compat.samplers import schedulers_map as get_schedulers_map

__all__ = ["Scheduler"]

__getattr__ = lazy_names(__name__, {"schedulers": list_schedulers, "schedulers_map": get_schedulers_map})
