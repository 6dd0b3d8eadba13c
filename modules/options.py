"""A1111's ``modules.options``: what an option is, and all options together.

Names: OptionDiv, OptionHTML, OptionInfo, OptionRow, Options, OptionsCategories, OptionsCategory, categories,
options_section.
"""

from modules.compat.option_info import (
    OptionDiv,
    OptionHTML,
    OptionInfo,
    OptionRow,
    OptionsCategories,
    OptionsCategory,
    categories,
    options_section,
)
from modules.compat.options import Options

__all__ = [
    "OptionDiv", "OptionHTML", "OptionInfo", "OptionRow", "Options", "OptionsCategories", "OptionsCategory",
    "categories", "options_section",
]
