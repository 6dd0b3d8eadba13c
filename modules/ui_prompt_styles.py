"""What extensions import as ``modules.ui_prompt_styles``: the symbols of its buttons."""

from modules.compat.page.shared_controls import APPLY_STYLE as styles_copy_symbol
from modules.compat.page.shared_controls import SAVE_STYLE as styles_edit_symbol

__all__ = ["styles_copy_symbol", "styles_edit_symbol"]
