"""What extensions import as ``modules.ui_common``.

``plaintext_to_html``, ``create_refresh_button``, ``create_output_panel``, ``OutputPanel``, ``save_files``,
``update_generation_info``, ``folder_symbol``, ``refresh_symbol``.
"""

from modules.compat.page.shared_controls import FOLDER as folder_symbol
from modules.compat.page.shared_controls import REFRESH as refresh_symbol
from modules.compat.page.shared_controls import (
    OutputPanel,
    create_output_panel,
    create_refresh_button,
    plaintext_to_html,
    save_files,
    update_generation_info,
)
from modules.ui_components import ToolButton

__all__ = [
    "OutputPanel",
    "ToolButton",
    "create_output_panel",
    "create_refresh_button",
    "folder_symbol",
    "plaintext_to_html",
    "refresh_symbol",
    "save_files",
    "update_generation_info",
]
