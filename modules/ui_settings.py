"""What extensions import as ``modules.ui_settings``: ``create_setting_component``, ``get_value_for_setting``."""

from modules.compat.page.plugin_settings import create_setting_component, get_value_for_setting

__all__ = ["create_setting_component", "get_value_for_setting"]
