"""A1111's ``modules.shared_state``: what the running job does.

Names: State.
"""

from modules.compat.state import State

__all__ = ["State"]
