"""A1111's ``modules.timer``: how long parts of something take.

Names: Timer, TimerSubcategory, startup_record, startup_timer.
"""

from modules.compat.timing import Timer, TimerSubcategory, startup_record, startup_timer

__all__ = ["Timer", "TimerSubcategory", "startup_record", "startup_timer"]
