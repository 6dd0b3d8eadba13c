"""A1111's ``modules.shared_options``: the table of options.

Names: OptionHTML, OptionInfo, categories, options_section, options_templates, restricted_opts.
"""

from modules.compat.lazy import lazy_names
from modules.compat.option_info import OptionHTML, OptionInfo, categories, options_section
from modules.compat.options import options

__all__ = ["OptionHTML", "OptionInfo", "categories", "options_section", "restricted_opts"]

restricted_opts: set[str] = set()

__getattr__ = lazy_names(__name__, {"options_templates": lambda: options().data_labels})
