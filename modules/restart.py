"""A1111's ``modules.restart``.

Names: is_restartable, restart_program, stop_program.
"""

from modules.compat.restarting import is_restartable, restart_program, stop_program

__all__ = ["is_restartable", "restart_program", "stop_program"]
