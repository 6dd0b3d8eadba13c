"""A1111's ``modules.cmd_args``: the grammar of the launch flags.

Names: parser.
"""

from modules.compat.lazy import lazy_names
from modules.settings.flag_parser import launch_parser

__getattr__ = lazy_names(__name__, {"parser": launch_parser})
