"""What extensions import as ``modules.ui_extra_networks``.

``ExtraNetworksPage``, ``register_page``, ``extra_pages``, ``allowed_dirs``. Pages are kept and not shown.
"""

from modules.compat.page.network_pages import ExtraNetworksPage, allowed_dirs, extra_pages, register_page

__all__ = ["ExtraNetworksPage", "allowed_dirs", "extra_pages", "register_page"]
