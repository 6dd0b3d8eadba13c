"""What extensions import as ``modules.ui``.

``gr_show``, ``plaintext_to_html``, ``create_refresh_button``, ``create_output_panel``, ``versions_html``,
``ordered_ui_categories``, ``create_override_settings_dropdown``, ``send_gradio_gallery_to_image``,
``update_token_counter``, the symbols of buttons, ``ToolButton`` and its kin. What belongs to A1111's own page, such as
``create_ui``, ``txt2img_paste_fields`` and ``setup_progressbar``, is not there.
"""

from modules.compat.page.page_functions import (
    create_override_settings_dropdown,
    gr_show,
    ordered_ui_categories,
    send_gradio_gallery_to_image,
    update_token_counter,
    versions_html,
)
from modules.compat.page.parameters import create_override_settings_dict
from modules.compat.page.shared_controls import APPLY_STYLE as apply_style_symbol
from modules.compat.page.shared_controls import CLEAR as clear_prompt_symbol
from modules.compat.page.shared_controls import EXTRAS as extra_networks_symbol
from modules.compat.page.shared_controls import FOLDER as folder_symbol
from modules.compat.page.shared_controls import PASTE as paste_symbol
from modules.compat.page.shared_controls import RANDOM as random_symbol
from modules.compat.page.shared_controls import REFRESH as refresh_symbol
from modules.compat.page.shared_controls import REUSE as reuse_symbol
from modules.compat.page.shared_controls import SAVE_STYLE as save_style_symbol
from modules.compat.page.shared_controls import SWITCH as switch_values_symbol
from modules.compat.page.shared_controls import create_output_panel, create_refresh_button, plaintext_to_html
from modules.ui_components import FormGroup, FormHTML, FormRow, InputAccordion, ToolButton

__all__ = [
    "FormGroup",
    "FormHTML",
    "FormRow",
    "InputAccordion",
    "ToolButton",
    "apply_style_symbol",
    "clear_prompt_symbol",
    "create_output_panel",
    "create_override_settings_dict",
    "create_override_settings_dropdown",
    "create_refresh_button",
    "extra_networks_symbol",
    "folder_symbol",
    "gr_show",
    "ordered_ui_categories",
    "paste_symbol",
    "plaintext_to_html",
    "random_symbol",
    "refresh_symbol",
    "reuse_symbol",
    "save_style_symbol",
    "send_gradio_gallery_to_image",
    "switch_values_symbol",
    "update_token_counter",
    "versions_html",
]
