"""What extensions import as ``modules.ui_gradio_extensions``.

``webpath``, ``javascript_html``, ``css_html``, ``reload_javascript``.
"""

from modules.compat.page.head import css_html, javascript_html, webpath
from modules.compat.page.temporary_files import do_nothing

reload_javascript = do_nothing
"""Links are made whenever the page is built."""

__all__ = ["css_html", "javascript_html", "reload_javascript", "webpath"]
