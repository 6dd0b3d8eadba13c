"""A1111's ``modules.fifo_lock``.

Names: FIFOLock.
"""

from modules.compat.queueing import QueueLock as FIFOLock

__all__ = ["FIFOLock"]
