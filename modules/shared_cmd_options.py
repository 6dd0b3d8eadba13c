"""A1111's ``modules.shared_cmd_options``: the launch flags.

Names: cmd_opts, parser.
"""

from modules.compat.launching import command_options
from modules.compat.lazy import lazy_names
from modules.settings.flag_parser import launch_parser

__getattr__ = lazy_names(__name__, {"cmd_opts": command_options, "parser": launch_parser})
