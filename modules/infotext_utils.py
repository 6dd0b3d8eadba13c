"""What extensions import as ``modules.infotext_utils``, or by its old name ``generation_parameters_copypaste``.

``parse_generation_parameters``, ``quote``, ``unquote``, ``image_from_url_text``, ``PasteField``, ``ParamBinding``,
``create_buttons``, ``bind_buttons``, ``register_paste_params_button``, ``connect_paste_params_buttons``,
``add_paste_fields``, ``paste_fields``, ``get_override_settings``, ``create_override_settings_dict``,
``type_of_gr_update``.
"""

import gradio

from modules.compat.page.fields import PasteField
from modules.compat.page.given_pictures import image_from_url_text
from modules.compat.page.parameters import (
    add_paste_fields,
    create_override_settings_dict,
    get_override_settings,
    parse_generation_parameters,
    paste_fields,
    quote,
    unquote,
)
from modules.compat.page.sending import ParamBinding, bind_buttons, create_buttons, register_paste_params_button
from modules.compat.page.temporary_files import do_nothing

connect_paste_params_buttons = do_nothing
"""Buttons are wired as they are registered."""
type_of_gr_update = type(gradio.update())

__all__ = [
    "ParamBinding",
    "PasteField",
    "add_paste_fields",
    "bind_buttons",
    "connect_paste_params_buttons",
    "create_buttons",
    "create_override_settings_dict",
    "get_override_settings",
    "image_from_url_text",
    "parse_generation_parameters",
    "paste_fields",
    "quote",
    "register_paste_params_button",
    "type_of_gr_update",
    "unquote",
]
