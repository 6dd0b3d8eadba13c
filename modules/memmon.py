"""A1111's ``modules.memmon``: memory in use.

Names: MemUsageMonitor.
"""

from modules.compat.shared_names import MemUsageMonitor

__all__ = ["MemUsageMonitor"]
