"""A1111's ``modules.shared_total_tqdm``: progress in a terminal.

Names: TotalTQDM.
"""

from modules.compat.shared_names import TotalTQDM

__all__ = ["TotalTQDM"]
